"""Where tables come from: paths, URLs, buckets, runs and scikit-learn."""

import functools
import gzip
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from reprise.data.raw_table import SKLEARN_TABLES, check_source, read_table
from reprise.errors import RepriseError

ROWS = b"a,b\n1,2\n3,4\n"
READ = {"a": [1, 3], "b": [2, 4]}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


class Cut(Quiet):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(ROWS)


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    handler = functools.partial(getattr(request, "param", Quiet), directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def saved(content: bytes, name: str = "table.csv") -> str:
    Path(name).write_bytes(content)
    return name


@pytest.mark.parametrize("name", SKLEARN_TABLES)
def test_tables_of_scikit_learn_have_a_target(name):
    table = read_table(f"sklearn:{name}")
    assert "target" in table.columns
    assert len(table) >= 150


@pytest.mark.parametrize("name", ["two words.csv", "a#b?.csv", "50%.csv", "größe.csv", "a:b.csv"])
def test_a_path_is_read_as_it_stands(name):
    assert read_table(saved(ROWS, name)).to_dict("list") == READ


@pytest.mark.parametrize("name", ["plain.csv", "two words.csv", "a#b.csv", "größe.csv"])
def test_a_file_url_names_a_local_file(name):
    url = Path(saved(ROWS, name)).resolve().as_uri()
    assert read_table(url).to_dict("list") == READ


@pytest.mark.parametrize("content", [ROWS, gzip.compress(ROWS)], ids=["plain", "gz"])
def test_a_table_is_read_over_http(served, content):
    assert read_table(f"{served}/{saved(content)}").to_dict("list") == READ


def test_a_table_is_read_from_a_bucket(served, s3_at):
    s3_at(served)
    Path("bucket").mkdir()
    saved(ROWS, "bucket/table.csv")
    assert read_table("s3://bucket/table.csv").to_dict("list") == READ
    with pytest.raises(RepriseError, match=r"readable, got 's3://bucket/none\.csv'.*: check the"):
        read_table("s3://bucket/none.csv")


def test_a_table_is_read_from_a_run_and_what_it_does_not_hold_is_named():
    with mlflow.start_run() as run:
        mlflow.log_artifact(saved(ROWS), "data")
    uri = f"runs:/{run.info.run_id}/data"
    assert read_table(f"{uri}/table.csv").to_dict("list") == READ
    with pytest.raises(RepriseError, match=f"must exist, got '{uri}/no.csv'.*{run.info.run_id}"):
        read_table(f"{uri}/no.csv")
    with pytest.raises(RepriseError, match=f"must be a file, got the folder '{uri}': name a file"):
        read_table(uri)


def test_a_run_that_does_not_exist_is_named():
    uri = f"runs:/{'0' * 32}/table.csv"
    with pytest.raises(RepriseError, match=f"data must exist, got '{uri}', .*{'0' * 32}"):
        read_table(uri)


def test_a_missing_file_is_named_with_the_folder_that_was_searched(tmp_path):
    with pytest.raises(RepriseError, match=f"must exist, got 'no.csv', not found in {tmp_path}: c"):
        read_table("no.csv")


@pytest.mark.parametrize("name", ["empty", "empty/part-*.parquet"])
def test_a_folder_without_parts_is_no_table(name):
    Path("empty").mkdir()
    with pytest.raises(RepriseError, match=r"Parquet files, got 'empty.*', which has nothing: ch"):
        read_table(name)


@pytest.mark.parametrize("name", ["t", "t/", "t/part-*.parquet"])
def test_a_folder_or_pattern_of_parquet_is_a_table(name, tmp_path):
    Path("t").mkdir()
    for number, row in enumerate(zip(*READ.values(), strict=True)):
        frame = pd.DataFrame([row], columns=list(READ))
        frame.to_parquet(f"t/part-{number}.parquet")
    assert read_table(name).to_dict("list") == READ
    assert read_table(f"{tmp_path.as_uri()}/{name}").to_dict("list") == READ


@pytest.mark.parametrize("path", ["~nobody-of-that-name/table.csv", "x" * 300, "a\0b", "dbfs:/x"])
def test_a_path_that_cannot_be_is_a_missing_file(path):
    with pytest.raises(RepriseError, match=r"data must .*got .*: \w+"):
        read_table(path)


def test_an_unknown_table_of_scikit_learn_lists_the_known():
    with pytest.raises(RepriseError, match=r"one of breast_cancer, .*wine, got 'sklearn:boston'"):
        read_table("sklearn:boston")


def test_an_unknown_scheme_lists_the_known():
    with pytest.raises(RepriseError, match=r"http\(s\), s3, gs.*got the scheme 'ftp' in 'ftp://x'"):
        read_table("ftp://x")


def test_an_answer_other_than_success_is_named(served):
    with pytest.raises(RepriseError, match=rf"readable, got '{served}/no\.csv', answered 404.*: c"):
        read_table(f"{served}/no.csv")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "http://", "http://a..b/x", "http://[::1"])
def test_an_unreachable_url_is_named(url):
    with pytest.raises(RepriseError) as caught:
        read_table(url)
    assert f"got '{url}'" in str(caught.value)


@pytest.mark.parametrize("served", [Cut], indirect=True)
def test_a_download_that_breaks_off_is_no_table(served):
    with pytest.raises(RepriseError, match=f"got '{served}/x', failed with .*: check the address"):
        read_table(f"{served}/x")


@pytest.mark.parametrize("source", ["", " ", "\n"])
def test_an_empty_source_is_refused(source):
    with pytest.raises(RepriseError, match="must name a table, got an empty text: give a path"):
        check_source(source)


def test_a_password_is_refused_and_not_repeated():
    with pytest.raises(
        RepriseError, match=r"not hold a password .*'example\.org': put it"
    ) as caught:
        check_source("https://me:s3cret@example.org/table.csv")
    assert "s3cret" not in str(caught.value)
