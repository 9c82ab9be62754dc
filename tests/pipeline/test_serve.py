"""serve, over HTTP: MLflow's protocol as MLflow speaks it, records, mistakes, ends."""

import http.client
import io
import json
import re
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import mlflow
import pandas as pd
import pytest

from tests.servers.processes import free_port

from .conftest import Shop
from .serving import JSON, Server, serve, serve_with_mlflow

CSV, PARQUET = "text/csv", "application/vnd.apache.parquet"
LABELS = ["setosa", "versicolor", "virginica"]


@pytest.fixture(scope="module")
def server(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("serve") / "log.txt"
    server = serve(shop, log, "models:/flowers@champion", "--max_megabytes", "1")
    yield server
    assert server.stop() == 0, log.read_text()


@pytest.fixture(scope="module")
def rival(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = serve_with_mlflow(
        shop, tmp_path_factory.mktemp("rival") / "log.txt", "models:/flowers@champion"
    )
    yield server
    server.stop()


@pytest.fixture(scope="module")
def rows(shop: Shop) -> pd.DataFrame:
    raw = pd.read_csv(shop.table)
    return raw.drop(columns="kind of flower").iloc[::10].reset_index(drop=True)


def records(rows: pd.DataFrame) -> list[dict]:
    return json.loads(rows.to_json(orient="records", double_precision=15))


def bodies(rows: pd.DataFrame) -> dict[str, tuple[bytes, str]]:
    plain = records(rows)
    shuffled = rows.sample(frac=1, axis=1, random_state=1).assign(extra=1)
    split = {"columns": list(rows), "data": [list(each.values()) for each in plain]}
    columns = {name: [each[name] for each in plain] for name in rows}
    buffer = io.BytesIO()
    rows.to_parquet(buffer)
    contents = {
        "records": {"dataframe_records": plain},
        "shuffled": {"dataframe_records": records(shuffled)},
        "split": {"dataframe_split": split},
        "instances": {"instances": plain},
        "inputs": {"inputs": columns},
        "probabilities": {"dataframe_split": split, "params": {"output": "probabilities"}},
    }
    coded = {name: (json.dumps(each).encode(), JSON) for name, each in contents.items()}
    return coded | {
        "csv": (rows.to_csv(index=False).encode(), f"{CSV}; charset=utf-8"),
        "parquet": (buffer.getvalue(), PARQUET),
    }


FORMATS = ("records", "shuffled", "split", "instances", "inputs", "probabilities", "parquet")


@pytest.mark.parametrize("name", FORMATS)
def test_an_invocation_is_answered_as_mlflow_answers_it(server, rival, rows, name):
    body, kind = bodies(rows)[name]
    ours = server.ask("POST", "/invocations", body, kind)
    theirs = rival.ask("POST", "/invocations", body, kind)
    assert ours[0] == theirs[0] == 200, (ours, theirs)
    assert json.loads(ours[1]) == json.loads(theirs[1])


def test_csv_is_answered_too_which_mlflow_refuses_for_columns_of_any_type(server, rows):
    contents = bodies(rows)
    answers = [server.ask("POST", "/invocations", *contents[name]) for name in ("csv", "records")]
    assert answers[0] == answers[1]
    assert answers[0][0] == 200


def test_ping_health_and_version_are_answered_as_mlflow_answers_them(server, rival):
    for path in ("/ping", "/health", "/version"):
        assert server.ask("GET", path) == rival.ask("GET", path)
    assert server.ask("GET", "/version")[1] == mlflow.__version__


def test_predict_takes_and_gives_records(server, rows):
    status, found = server.post("/predict", records(rows))
    assert status == 200
    assert [list(record) for record in found] == [
        ["predicted", *(f"probability of {label}" for label in LABELS)]
    ] * len(rows)
    one = server.post("/predict", records(rows)[3])
    assert one == (200, [found[3]])


def test_a_row_has_the_same_answer_whoever_else_asks(server, rows):
    """Requests that wait together are predicted together, and a bad one spoils no other."""
    plain = records(rows)
    expected = server.post("/predict", plain)[1]
    asked = [[plain[number % len(plain)]] for number in range(120)]
    for number in range(0, 120, 7):
        asked[number] = [{**plain[0], "petal length (cm)": "long"}]
    with ThreadPoolExecutor(16) as clients:
        answers = list(clients.map(lambda each: server.post("/predict", each), asked))
    for number, (status, found) in enumerate(answers):
        if number % 7 == 0:
            assert status == 400
            assert "'petal length (cm)' must hold a number, got 'long'" in found["message"]
        else:
            assert (status, found) == (200, [expected[number % len(plain)]])


@pytest.mark.parametrize(
    ("path", "body", "kind", "status", "said"),
    [
        ("/predict", b"{", JSON, 400, "must be JSON"),
        ("/predict", b"\xff", JSON, 400, "must be JSON"),
        ("/predict", b"[" * 50_000, JSON, 400, "must be JSON"),
        ("/predict", b"[1, 2]", JSON, 400, "a record or a list of records, got a list"),
        ("/predict", b'"x"', JSON, 400, "got a text"),
        ("/predict", b"[]", JSON, 400, "must have rows, got none"),
        ("/predict", b'[{"id": 1}]', JSON, 400, "columns missing from the table: 'sepal length"),
        ("/invocations", b"{}", JSON, 400, "exactly one of dataframe_records"),
        ("/invocations", b'{"instances": [], "inputs": []}', JSON, 400, "exactly one of"),
        ("/invocations", b'{"dataframe_split": {"data": [[1]]}}', JSON, 400, "dataframe_split"),
        (
            "/invocations",
            b'{"dataframe_split": {"columns": ["a", "a"], "data": [[1, 2]]}}',
            JSON,
            400,
            "each column once",
        ),
        ("/invocations", b'{"inputs": 3}', JSON, 400, "inputs must be a table"),
        ("/invocations", b"a,b\n1,2,3\n1,2,3,4\n", CSV, 400, "must be CSV"),
        ("/invocations", b"PAR1 not", PARQUET, 400, "must be Parquet"),
        ("/invocations", b"x", "text/plain", 415, "Content-Type must be one of"),
        (
            "/predict",
            b"[]",
            "application/x-www-form-urlencoded",
            415,
            "curl -H 'Content-Type: application/json'",
        ),
        ("/invocations", b"a", "text/csv; charset=latin-1", 415, "must be UTF-8"),
        ("/predict", b" " * (1 << 20) + b"[]", JSON, 413, "at most 1 MB"),
    ],
)
def test_what_cannot_be_predicted_is_said_in_one_line_and_without_a_traceback(
    server, path, body, kind, status, said
):
    answer = server.ask("POST", path, body, kind)
    assert answer[0] == status, answer
    content = json.loads(answer[1])
    assert set(content) == {"error_code", "message"}
    assert said in content["message"]
    assert "\n" not in content["message"]
    assert not re.search(r"Traceback|File \"|site-packages", answer[1])
    assert server.ask("GET", "/ping")[0] == 200


@pytest.mark.parametrize("value", [[1], {"a": 1}, 10**400, "x", True])
def test_odd_values_are_refused_or_predicted_never_a_defect(server, rows, value):
    record = {**records(rows)[0], "petal length (cm)": value}
    status, found = server.post("/predict", [record])
    assert status in (200, 400), found


def test_an_unknown_output_is_refused(server, rows):
    for params in ({"output": "x"}, {"outputs": "probabilities"}, ["output"], "x"):
        content = {"dataframe_records": records(rows), "params": params}
        assert server.post("/invocations", content)[0] == 400


def test_a_body_without_a_length_is_refused_when_it_has_become_too_large(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    chunks = (b" " * 65_536 for _ in range(40))
    connection.request("POST", "/predict", chunks, {"Content-Type": JSON}, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


def test_it_ends_well_when_told_to_and_answers_what_has_begun(shop, rows, tmp_path):
    server = serve(shop, tmp_path / "log.txt", "models:/flowers/1")
    assert shop.runs("serve")[0].info.status == "RUNNING"
    body = json.dumps(records(rows)[:1]).encode()
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        head = ("POST /predict HTTP/1.1", "Host: x", f"Content-Type: {JSON}")
        length = f"Content-Length: {len(body)}"
        client.sendall("\r\n".join((*head, length, "", "")).encode() + body[:20])
        server.process.send_signal(signal.SIGTERM)
        client.sendall(body[20:])
        assert client.recv(65_536).startswith(b"HTTP/1.1 200 OK")
    assert server.stop() == 0
    run = shop.runs("serve")[0]
    assert run.info.status == "FINISHED"
    assert run.data.tags["reprise.model"] == "models:/flowers/1"
    assert "Traceback" not in server.log.read_text()


def test_several_workers_answer_the_same_and_end_together(shop, server, rows, tmp_path):
    expected = server.post("/predict", records(rows))
    both = serve(shop, tmp_path / "log.txt", "models:/flowers@champion", "--workers", "2")
    with ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(lambda _: both.post("/predict", records(rows)), range(12)))
    assert answers == [expected] * 12
    assert both.stop() == 0, both.log.read_text()


def test_a_port_that_is_taken_is_said_in_one_line(shop, server):
    done = shop.step("serve", "--model", "models:/flowers/1", "--port", str(server.port))
    assert done.returncode == 1
    assert f"got 127.0.0.1:{server.port} (Address already in use): choose another" in done.stderr


def test_a_model_that_does_not_exist_is_said_in_one_line(shop):
    done = shop.step("serve", "--model", "models:/none/1", "--port", str(free_port()))
    assert done.returncode == 1
    assert "model must exist, got 'models:/none/1'" in done.stderr
    assert "Traceback" not in done.stderr
