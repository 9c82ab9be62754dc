"""A stand-in for a cluster: it takes the Jobs that MLflow posts and runs them with the engine."""

import base64
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml

from .engine import docker

VERSION = "1.34"


class Cluster:
    """Jobs by name; `secrets` are the data of Secrets, in base64 as Kubernetes has them."""

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}
        self.secrets: dict[str, dict[str, str]] = {}

    def add_secret(self, name: str, values: dict[str, str]) -> None:
        """What `kubectl create secret generic` does."""
        self.secrets[name] = {
            key: base64.b64encode(value.encode()).decode() for key, value in values.items()
        }

    def create(self, job: dict[str, Any]) -> dict[str, Any]:
        """Check the Job against the schema and start its pod; refuse what a kubelet would."""
        kubernetes_validate.validate(job, VERSION, strict=True)
        pod = job["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        context = pod["securityContext"]
        assert not context["runAsNonRoot"] or context["runAsUser"] != 0
        # The registry has it, or there is nothing to run.
        docker("pull", container["image"])
        program, *arguments = container["command"]
        options = [
            "--detach",
            "--network=host",
            f"--entrypoint={program}",
            f"--user={context['runAsUser']}:{context['runAsGroup']}",
            "--cap-drop=ALL",
            "--security-opt=no-new-privileges",
        ]
        for name, value in self._environment(container).items():
            options += ["--env", f"{name}={value}"]
        limit = container["resources"]["limits"]["memory"]
        options.append(f"--memory={limit.removesuffix('Gi')}g")
        job["id"] = docker("run", *options, container["image"], *arguments).strip()
        self.jobs[job["metadata"]["name"]] = job
        return job

    def _environment(self, container: dict[str, Any]) -> dict[str, str]:
        found = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}
        for source in container["envFrom"]:
            reference = source["secretRef"]
            data = self.secrets.get(reference["name"])
            assert data is not None or reference["optional"]
            for key, value in (data or {}).items():
                found[key] = base64.b64decode(value).decode()
        return found | {variable["name"]: variable["value"] for variable in container["env"]}

    def status(self, name: str) -> dict[str, Any]:
        """A Job's status, from the state of its container."""
        state = json.loads(docker("inspect", "--format={{json .State}}", self.jobs[name]["id"]))
        status: dict[str, Any] = {"startTime": state["StartedAt"][:19] + "Z"}
        if state["Running"]:
            return status | {"active": 1}
        done = state["ExitCode"] == 0
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        condition = {
            "type": "Complete" if done else "Failed",
            "status": "True",
            "message": f"exit code {state['ExitCode']}",
            "lastTransitionTime": now,
        }
        return status | {"conditions": [condition], "succeeded" if done else "failed": 1}

    def output(self) -> str:
        """What the latest Job has written."""
        identity = list(self.jobs.values())[-1]["id"]
        done = subprocess.run(
            ["docker", "logs", identity], capture_output=True, text=True, check=True
        )
        return done.stdout + done.stderr

    def close(self) -> None:
        """Remove every container."""
        for job in self.jobs.values():
            docker("rm", "--force", job["id"])


def _handler(cluster: Cluster) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path.split("?")[0] == "/apis/batch/v1/namespaces/default/jobs"
            job = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                self.answer(201, cluster.create(job))
            except (AssertionError, kubernetes_validate.ValidationError) as error:
                self.answer(422, {"kind": "Status", "status": "Failure", "message": str(error)})

        def do_GET(self) -> None:
            name = self.path.split("?")[0].removesuffix("/status").rpartition("/")[2]
            job = cluster.jobs[name]
            self.answer(200, job | {"status": cluster.status(name)})

        def answer(self, code: int, body: dict[str, Any]) -> None:
            data = json.dumps({key: value for key, value in body.items() if key != "id"}).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def serving(cluster: Cluster, kubeconfig: Path) -> Iterator[None]:
    """The cluster's API on a port of this machine, which `kubeconfig` then names."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(cluster))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": address}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "me"}}],
        "users": [{"name": "me", "user": {}}],
    }
    kubeconfig.write_text(yaml.safe_dump(config))
    yield
    server.shutdown()
    server.server_close()
    cluster.close()
