"""Raw tables from files, URLs, runs and scikit-learn."""

import datetime
import decimal
import functools
import gzip
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import mlflow
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reprise.errors import RepriseError
from reprise.raw.reading import SKLEARN_TABLES, check_source, read_table

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


@pytest.mark.parametrize(
    "content",
    [
        ROWS,
        b"a;b\n1;2\n3;4\n",
        b"a\tb\n1\t2\n3\t4\n",
        b"a|b\n1|2\n3|4\n",
        b"a,b\r\n1,2\r\n3,4\r\n",
        b"a,b\r1,2\r3,4\r",
        b"\xef\xbb\xbfa,b\n1,2\n3,4\n",
        b'\xef\xbb\xbf"a","b"\n"1","2"\n"3","4"\n',
        b"a,b\n1,2\n3,4",
        gzip.compress(ROWS),
        gzip.compress(b"\xef\xbb\xbfa;b\n1;2\n3;4\n"),
    ],
    ids=["comma", "semicolon", "tab", "bar", "crlf", "cr", "bom", "quoted", "no end", "gz", "gz ;"],
)
def test_the_same_rows_are_read_however_a_csv_is_written(content):
    assert read_table(saved(content)).to_dict("list") == READ


def test_content_and_not_the_name_tells_the_format():
    pd.DataFrame(READ).to_parquet("really_parquet.csv")
    saved(gzip.compress(ROWS), "really_gzip.parquet")
    assert read_table("really_parquet.csv").to_dict("list") == READ
    assert read_table("really_gzip.parquet").to_dict("list") == READ


def test_a_delimiter_within_quotes_does_not_count():
    table = read_table(saved(b'"price, in EUR, net";size\n1,5;2\n'))
    assert list(table.columns) == ["price, in EUR, net", "size"]


@pytest.mark.parametrize(
    "name", ["a b", 'say ""hi""', "x,y", "größe", "<b>&amp;</b>", "it's", "$(x)"]
)
def test_odd_column_names_arrive_unchanged(name):
    table = read_table(saved(f'"{name}",y\n1,2\n'.encode()))
    assert list(table.columns) == [name.replace('""', '"'), "y"]


def test_a_column_name_may_hold_a_line_break():
    table = read_table(saved(b'"size\n(cm)";weight\n1;2\n'))
    assert table.to_dict("list") == {"size\n(cm)": [1], "weight": [2]}


def test_blank_lines_before_the_header_do_not_hide_the_delimiter():
    assert read_table(saved(b"\n\na;b\n1;2\n3;4\n")).to_dict("list") == READ


def test_a_table_may_have_ten_thousand_columns():
    names = [f"expression of gene {number}" for number in range(10_000)]
    content = ",".join(names) + "\n" + ",".join(["1"] * len(names)) + "\n"
    assert list(read_table(saved(content.encode())).columns) == names


def test_short_rows_end_in_missing_values():
    table = read_table(saved(b"a,b\n1\n3,4\n"))
    assert table["b"].isna().tolist() == [True, False]


def test_parquet_keeps_the_types_that_csv_cannot_tell():
    source = pa.table(
        {
            "price": [decimal.Decimal("1.25"), None],
            "kind": pa.array(["x", "y"]).dictionary_encode(),
            "at": pa.array([datetime.datetime(2020, 1, 1), None], pa.timestamp("us", "UTC")),
            "list": [[1, 2], [3]],
            "struct": [{"a": 1}, {"a": 2}],
            "flag": [True, None],
        }
    )
    pq.write_table(source, "table.parquet")
    table = read_table("table.parquet")
    assert list(table.columns) == source.column_names
    assert table["price"][0] == decimal.Decimal("1.25")
    assert table["at"][0] == pd.Timestamp("2020-01-01", tz="UTC")
    assert table["struct"][1] == {"a": 2}
    assert table.isna().sum().to_dict() == {
        "price": 1, "kind": 0, "at": 1, "list": 0, "struct": 0, "flag": 1
    }  # fmt: skip


def test_the_row_numbers_that_pandas_stores_in_parquet_are_no_column():
    pd.DataFrame(READ, index=[7, 3]).to_parquet("table.parquet")
    assert read_table("table.parquet").to_dict("list") == READ


def test_rows_are_numbered_from_zero():
    pd.DataFrame(READ, index=[7, 3]).to_parquet("table.parquet")
    assert list(read_table("table.parquet").index) == [0, 1]


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


def test_a_table_is_read_from_a_bucket(served, monkeypatch):
    for name, value in {
        "AWS_ENDPOINT_URL": served, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
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


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(RepriseError, match=f"must be a file, got the folder '{tmp_path}': name a"):
        read_table(str(tmp_path))


@pytest.mark.parametrize("path", ["~nobody-of-that-name/table.csv", "x" * 300, "a\0b", "dbfs:/x"])
def test_a_path_that_cannot_be_is_a_missing_file(path):
    with pytest.raises(RepriseError, match=r"data must .*got .*: \w+"):
        read_table(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"needs rows and columns, got the empty file 'table\.csv': \w+"),
        (b"a,b\n", r"needs rows and columns, got 0 rows in 'table\.csv': \w+"),
        (b"\n\n", r"table\.csv"),
        (b"\xef\xbb\xbf", r"table\.csv"),
        (gzip.compress(b""), r"table\.csv"),
        (b"a,b\n1,2\n3,4,5\n", r"CSV .* or Parquet, got 'table\.csv' .*line 3"),
        (b"a,b\n1,2,3\n4,5,6\n", r"CSV .* or Parquet, got 'table\.csv' .*[Ll]ength of header"),
        ("a,b\n1,grün\n".encode("latin-1"), r"UTF-8, got byte 0xfc in 'table\.csv': save it again"),
        ("größe,b\n1,2\n".encode("latin-1"), r"UTF-8, got byte 0xf6 in 'table\.csv': save it"),
        (gzip.compress("ü\n1\n".encode("latin-1")), r"UTF-8, got byte 0xfc in .*: save it again"),
        ("a,b\n1,2\n".encode("utf-16"), r"UTF-8, got byte 0xff in 'table\.csv': save it again"),
        (b"PAR1 is no Parquet file", r"CSV .* or Parquet, got 'table\.csv' "),
        (gzip.compress(ROWS * 1000)[:-12], r"CSV .* or Parquet, got 'table\.csv' "),
        (gzip.compress(ROWS)[:10] + b"\xff" * 30, r"CSV .* or Parquet, got 'table\.csv' "),
    ],
    ids=["empty", "header only", "blank lines", "bom only", "empty gz", "long row", "long rows",
         "latin-1 value", "latin-1 name", "latin-1 gz", "utf-16", "no parquet", "cut gz",
         "broken gz"],
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused_by_name_and_reason(content, message):
    with pytest.raises(RepriseError, match=message):
        read_table(saved(content))


@pytest.mark.parametrize(
    "content",
    [
        b"a,b,a\n1,2,3\n",
        b"b;a;a\n1;2;3\n",
        b'\xef\xbb\xbf"a","a"\n1,2\n',
        b"\na,a\n1,2\n",
        b'"x\ny",a,a\n1,2,3\n',
        gzip.compress(b"a,a\n1,2\n"),
    ],
    ids=["comma", "semicolon", "bom", "after a blank line", "after a line break", "gz"],
)
def test_repeated_column_names_are_refused(content):
    with pytest.raises(RepriseError, match=r"must differ, got 'a' 2 times: rename.*table\.csv"):
        read_table(saved(content))


def test_repeated_column_names_in_parquet_are_refused():
    table = pa.table([pa.array([1]), pa.array([2]), pa.array([3])], names=["a", "b", "a"])
    pq.write_table(table, "table.parquet")
    with pytest.raises(RepriseError, match=r"must differ, got 'a' 2 times: rename.*table\.parquet"):
        read_table("table.parquet")


def test_parquet_without_rows_is_refused():
    pd.DataFrame({"a": []}).to_parquet("table.parquet")
    with pytest.raises(RepriseError, match=r"needs rows and columns, got 0 rows in .*: \w+"):
        read_table("table.parquet")


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


def test_decimal_commas_are_numbers_where_semicolons_separate():
    Path("table.csv").write_text("a;b;c\n1,5;x;2\n2,25;y;3\n", encoding="utf-8")
    table = read_table("table.csv")
    assert table["a"].tolist() == [1.5, 2.25]
    assert table["c"].tolist() == [2, 3]
