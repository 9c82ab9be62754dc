"""What lets in whoever has it is in nothing that a store keeps and in nothing that is printed."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sklearn.datasets import load_diabetes

from reprise.provenance.signing import make_pair

from .conftest import ROOT, Workplace

pytestmark = pytest.mark.slow

SECRET = "s3cr3t"
MAIN = ("--models", "elasticnet,gbm", "--tune_model", "none")


class Signing(Workplace):
    """A workplace where `register` signs."""

    def environment(self) -> dict[str, str]:
        return super().environment() | {"REPRISE_SIGNING_KEY": f"{self.folder.parent}/team.key"}

    def with_secret(self) -> list[Path]:
        """The files of the store and beside it that hold the secret."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return [path for path in files if SECRET.encode() in path.read_bytes()]


@pytest.fixture
def url() -> Iterator[str]:
    """The address of a table, for those who have the secret."""
    table = load_diabetes(as_frame=True).frame.to_csv(index=False).encode()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            allowed = self.path == f"/table.csv?X-Amz-Signature={SECRET}"
            self.send_response(200 if allowed else 403)
            self.end_headers()
            self.wfile.write(table if allowed else b"")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/table.csv?X-Amz-Signature={SECRET}"
        server.shutdown()


def test_the_secret_of_a_presigned_url_is_in_no_file_and_no_line(tmp_path, url):
    make_pair(str(tmp_path / "team"))
    place = Signing(tmp_path / "place")
    place.folder.mkdir()
    champion = ("--model", "models:/reprise@champion", "--data", url)
    for execution in ("warm", "mlflow-run"):
        assert_silent(place.step("main", *MAIN, "--data", url, "--execution", execution))
    assert_silent(place.step("score", *champion, "--output", f"{place.folder}/out.csv"))
    assert_silent(place.step("watch", *champion))
    assert_silent(place.step("prepare", "--data", url, "--target", "none such"), fails=True)
    assert_silent(place.step("main", "--data", f"{url}&token={SECRET}"), fails=True)
    assert place.with_secret() == []

    # MLflow itself logs what it is given; nothing of ours repeats it.
    given = (f"data={url}", "models=elasticnet", "tune_model=none", "model_name=other")
    options = [each for name in given for each in ("-P", name)]
    done = place.call("mlflow", "run", str(ROOT), "--env-manager", "local", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [path.name for path in place.with_secret()] == ["mlflow.db"]
    done = place.step("verify", "--of", "models:/other@champion", "--key", f"{tmp_path}/team.pub")
    assert_silent(done)
    assert "VALID" in done.stdout
    place.call("python", "-m", "reprise", "stop")


def assert_silent(done, fails: bool = False) -> None:
    said = done.stdout + done.stderr
    assert (done.returncode != 0) == fails, said
    assert SECRET not in said
