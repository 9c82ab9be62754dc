"""What is signed, checked by other people's tools, with the commands of docs/reproducibility.md."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.tampering import flip

from .conftest import ROOT

pytestmark = [pytest.mark.env_manager, pytest.mark.xdist_group("signed")]


def blocks() -> tuple[str, str]:
    """The commands, and the script that they run."""
    page = (ROOT / "docs" / "reproducibility.md").read_text()
    section = page.partition("### With public tools\n")[2].partition("\n### ")[0]
    commands, script = re.findall(r"```(?:sh|python)\n(.*?)```", section, re.DOTALL)[:2]
    return commands, script


def test_public_tools_verify_folder_statement_and_bill_of_materials(made, tmp_path):
    auditor = tmp_path
    for public in (".pub", ".ecdsa.pub"):
        shutil.copy(made.secret.with_suffix(public), auditor / f"team{public}")
    commands, script = blocks()
    (auditor / "check.py").write_text(script)
    run = made.runs("register")[0].info.run_id
    done = made.call("sh", "-ec", commands.replace("<id>", run), cwd=auditor)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Verification succeeded" in done.stdout
    assert "signed: models:/reprise/2 and" in done.stdout

    *_, folder, statement = commands.strip().splitlines()
    flip(auditor / "champion" / "MLmodel")
    assert "MLmodel" in failed(auditor, folder)
    envelope = json.loads((auditor / "provenance.dsse.json").read_text())
    (auditor / "provenance.dsse.json").write_text(json.dumps(envelope | {"payloadType": "text"}))
    assert "VerificationError" in failed(auditor, statement)


def failed(folder: Path, command: str) -> str:
    """What a command says that fails."""
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0, done.stdout
    return done.stdout + done.stderr
