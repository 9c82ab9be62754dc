"""A Delta table moves on; what was read of it is recorded, and is gone back to."""

import json

import pandas as pd
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from tests.workshop import raw_table

from .prover import Prover, folder_of, stop

pytestmark = pytest.mark.slow

MAIN = ("--models", "elasticnet,rf", "--tune_model", "none", "--target", "price")


def write(prover: Prover, seed: int) -> None:
    """Another version of the table, all of it new."""
    table = pa.Table.from_pandas(raw_table(seed))
    write_deltalake(prover.folder / "lake", table, mode="overwrite")


def test_reproduce_goes_back_to_the_version_that_was_read(tmp_path):
    prover = Prover(tmp_path)
    data = ("--data", f"delta:{prover.folder}/lake")
    write(prover, 1)
    done = prover.step("main", *MAIN, *data)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "prepare: source_version: 0" in done.stdout
    first = prover.runs("main")[0]
    write(prover, 2)
    proof = prover.reproduce(first.info.run_id)
    assert proof.status == 0, proof.printed + proof.error
    assert "IDENTICAL: main run" in proof.printed
    assert f"data: delta:{prover.folder}/lake@0 has the bytes that were recorded" in proof.printed
    again = prover.runs("prepare")[0]
    assert again.info.run_id not in {run.info.run_id for run in prover.children(first).values()}
    schema = json.loads((folder_of(again) / "table" / "schema.json").read_text())
    assert schema["reading"] == {"source_version": "0", "missing": {}}
    # The first version is in the cache, and the table as it is now is another.
    done = prover.step("main", *MAIN, "--data", f"{data[1]}@0", "--promote", "never")
    assert done.stdout.count("CACHED") or done.stdout.count("cached"), done.stdout
    done = prover.step("prepare", *data, "--target", "price")
    assert "source_version: 1" in done.stdout
    read = prover.runs("prepare")[0]
    (source,) = {each.dataset.source for each in read.inputs.dataset_inputs}
    assert json.loads(source)["delta_table_version"] == 1
    digests = {run.data.tags["reprise.input.data"] for run in prover.runs("prepare")}
    assert len(digests) == 2
    model = ("--model", "models:/reprise@champion", "--output", "scored.parquet")
    done = prover.step("score", *model, *data)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "source_version: 1" in done.stdout
    assert len(pd.read_parquet(prover.folder / "scored.parquet")) == 120
    stop(prover)
