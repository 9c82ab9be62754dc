"""Rows of a real PostgreSQL: the kinds of a CSV, accounts outside of addresses, no writing."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reprise.data import source_file
from reprise.data.preparation import prepare
from reprise.data.raw_table import open_table
from reprise.data.read_options import ReadOptions
from reprise.data.split_rule import Split, SplitOptions
from reprise.errors import RepriseError
from tests.pipeline.prover import Prover, stop

from .team import Servers

pytestmark = pytest.mark.servers
SALES = """
    create table sales as select n as id, n * 3000000000 as far, (n * 1.25)::numeric(10, 2) as cash,
    n::numeric(20, 0) as whole, n / 7.0::double precision as part, 'item ' || n % 7 as item,
    n % 2 = 0 as paid, date '2024-01-01' + n as day,
    timestamptz '2024-01-01 00:00+02' + n * interval '1 hour' as at,
    case when n % 5 > 0 then n end as gaps, (n % 11) * 1.5 as price from generate_series(1, 400) n
"""
ROWS = "select * from sales order by id"
# psql spells true as t.
SPELLED = ROWS.replace("*", "id, far, cash, whole, part, item, paid::text, day, at, gaps, price")
ODD = """
    create table odd as select 3.5::money as cash, inet '127.0.0.1' as host,
    interval '1 day' as gap, array[1, 2] as list, gen_random_uuid() as name, 'ok' as word
"""


@dataclass(frozen=True)
class Database:
    """A running PostgreSQL; `account` are the variables by which its programs get in."""

    account: dict[str, str]
    name: str

    @property
    def address(self) -> str:
        return f"postgresql://127.0.0.1:{self.account['PGPORT']}/{self.name}"

    def sql(self, *options: str) -> str:
        done = subprocess.run(
            ["psql", "--no-psqlrc", "-At", *options, self.name],
            env=os.environ | self.account,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    servers = Servers(tmp_path_factory.mktemp("postgres"))
    with servers.postgres():
        found = Database(servers.database, servers.variables("postgres")["POSTGRES_DB"])
        found.sql("-c", SALES, "-c", ODD)
        yield found


@pytest.fixture(autouse=True)
def nothing_read_yet(monkeypatch) -> None:
    monkeypatch.setattr(source_file, "_known", {})


@pytest.fixture
def database(server, monkeypatch) -> Database:
    for name in ("PGUSER", "PGPASSWORD"):
        monkeypatch.setenv(name, server.account[name])
    return server


def kinds(data: str, query: str) -> dict[str, str]:
    options = SplitOptions(Split(), 0.2, 0.2, 42)
    found = prepare(
        open_table(data, asked=ReadOptions(query=query)), data, "price", "auto", options
    ).schema
    return {name: column.kind.partition(":")[0] for name, column in found.columns.items()}


def test_columns_are_of_the_kinds_that_a_csv_of_them_has(database, tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text(database.sql("--csv", "-P", "tuples_only=off", "-c", SPELLED))
    from_csv = kinds(str(path), "from data")
    assert kinds(database.address, ROWS) == from_csv
    assert from_csv["cash"] == from_csv["far"] == "number"
    assert from_csv["at"] == from_csv["day"] == "datetime"
    assert from_csv["paid"] == "boolean"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("delete from sales", "syntax error"),
        ("select id from (delete from sales returning id) gone", "syntax error"),
        ("with gone as (delete from sales returning id) from gone", "syntax|modifying"),
        ("with gone as (delete from sales returning id) select * from gone", "modifying"),
        ("select 1) one; delete from sales; select * from (select 1", "multiple commands"),
        ("select set_config('transaction_read_only', 'off', false)", "read-write mode"),
        ("select setval('counted', 1)", "counted"),
        ("copy sales to program 'touch /tmp/written'", "syntax error"),
        ("do $$ begin delete from sales; end $$", "syntax error"),
        ("select nix from sales", 'column "nix" does not exist'),
        ("select prise from sales", r"Perhaps you meant .*price"),
        ("select id, id from sales", "column names must differ"),
        ("select id from sales where id < 0", "got 0 rows"),
        ("select cash from odd", "write it as cash::numeric"),
        ("select host from odd", "of type inet: write it as host::text"),
        ("select gap from odd", "the interval 'gap'"),
    ],
)
def test_what_is_no_reading_of_rows_is_refused_and_changes_nothing(database, query, said):
    with pytest.raises(RepriseError, match=said) as refused:
        open_table(database.address, asked=ReadOptions(query=query))
    assert "\n" not in str(refused.value)
    assert database.sql("-c", "select count(*) from sales").strip() == "400"


def test_a_uuid_is_text_and_a_list_stays_one(database):
    raw = open_table(
        database.address, asked=ReadOptions(query="select name, list from odd order by name")
    )
    assert len(raw["name"].iloc[0]) == 36
    assert list(raw["list"].iloc[0]) == [1, 2]


def test_a_wrong_password_is_not_repeated(database, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "hidden-word")
    with pytest.raises(RepriseError, match="password authentication failed") as refused:
        open_table(database.address, asked=ReadOptions(query=ROWS))
    assert "hidden-word" not in str(refused.value)


@pytest.mark.parametrize("kind", ["~/.pgpass", "a service file"])
def test_the_account_may_stand_in_a_file(server, kind, tmp_path, monkeypatch):
    account, path = server.account, tmp_path / "file"
    where = f"127.0.0.1:{account['PGPORT']}:{server.name}"
    if kind == "~/.pgpass":
        path.write_text(f"{where}:{account['PGUSER']}:{account['PGPASSWORD']}\n")
        path.chmod(0o600)
        monkeypatch.setenv("PGPASSFILE", str(path))
        monkeypatch.setenv("PGUSER", account["PGUSER"])
        address = server.address
    else:
        said = {"host": "127.0.0.1", "port": account["PGPORT"], "dbname": server.name}
        said |= {"user": account["PGUSER"], "password": account["PGPASSWORD"]}
        path.write_text("[shop]\n" + "".join(f"{name}={text}\n" for name, text in said.items()))
        monkeypatch.setenv("PGSERVICEFILE", str(path))
        address = "postgresql:///?service=shop"
    assert open_table(address, asked=ReadOptions(query=ROWS)).rows == 400


def test_a_main_on_rows_comes_out_again_until_they_change(database, tmp_path):
    prover = Prover(tmp_path)
    data = ("--data", database.address, "--query", ROWS)
    small = ("--models", "elasticnet", "--tune_model", "none", "--ensemble", "none")
    done = prover.step("main", *data, "--target", "price", *small)
    assert done.returncode == 0, done.stdout + done.stderr
    of = prover.runs("main")[0].info.run_id
    scored = ("--model", "models:/reprise@champion", *data, "--output", "scored.parquet")
    done = prover.step("score", *scored)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "(400 rows, models:/reprise/1)" in done.stdout
    proof = prover.reproduce(of)
    assert proof.found["verdict"] == "identical", proof.printed + proof.error
    database.sql("-c", "update sales set price = price + 1 where id = 200")
    moved = prover.reproduce(of)
    assert moved.found["verdict"] == "different"
    assert f"'{database.address}' has changed since" in moved.printed
    assert "went on from the stored split, it is intact" in moved.printed
    assert database.account["PGPASSWORD"] not in "".join(
        path.read_text(errors="replace") for path in Path(tmp_path).rglob("*") if path.is_file()
    )
    stop(prover)
