"""MLflow's Kubernetes backend: a real registry, and an API server that runs what it is posted."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import kubernetes_validate
import mlflow
import pytest
import yaml
from sklearn.datasets import load_diabetes

from tests.servers.processes import free_port, listens, running

from .caller import Caller
from .cluster import VERSION, Cluster, serving
from .readme import ROOT, command
from .served import served_store


@dataclass(frozen=True)
class Site:
    """A cluster and a caller who submits to it, with the images in a registry."""

    cluster: Cluster
    caller: Caller
    clone: Path

    def submit(self, *arguments: str) -> int:
        """`mlflow run` as README has it, with further arguments; its exit status."""
        line = command("mlflow run envs/docker --build-image")
        if any(word.startswith("target=") for word in arguments):
            line = line.partition(" -P ")[0]
        line = f"{line} {shlex.join(arguments)}"
        done = self.caller.call("bash", "-c", line, cwd=self.clone)
        assert self.cluster.jobs, done.stdout + done.stderr
        return done.returncode


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Debian's docker-registry; the engine trusts one on this machine without TLS."""
    folder, port = tmp_path_factory.mktemp("registry"), free_port()
    config = {
        "version": 0.1,
        "log": {"level": "warn"},
        "http": {"addr": f"127.0.0.1:{port}"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
    }
    (folder / "config.yml").write_text(yaml.safe_dump(config))
    command = ["docker-registry", "serve", folder / "config.yml"]
    with running(command, lambda: listens(port), folder / "registry.log"):
        yield f"localhost:{port}"


@pytest.fixture(scope="module")
def site(image: str, registry: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder, cluster = tmp_path_factory.mktemp("site"), Cluster()
    with served_store(folder) as uri, serving(cluster, folder / "kubeconfig"):
        name, _, example = command("export KUBE_MLFLOW_TRACKING_URI").split()[1].partition("=")
        assert example.startswith("http://")
        variables = {"KUBECONFIG": str(folder / "kubeconfig"), name: uri}
        caller = Caller.at(folder / "caller", uri, **variables)
        clone = caller.clone()
        backend = clone / "deploy/kubernetes/backend.json"
        text = backend.read_text().replace("registry.example.org", registry)
        assert registry in text
        backend.write_text(text)
        yield Site(cluster, caller, clone)


@pytest.mark.containers
def test_a_main_on_kubernetes_reads_names_with_spaces_and_leaves_a_champion(site, monkeypatch):
    table = load_diabetes(as_frame=True).frame.rename(columns={"target": "monthly fee"})
    table.to_csv(site.caller.folder / "table.csv", index=False)
    mlflow.set_tracking_uri(site.caller.uri)
    with mlflow.start_run(experiment_id="0") as run:
        mlflow.log_artifact(str(site.caller.folder / "table.csv"))
    status = site.submit(
        "-P",
        f"data=runs:/{run.info.run_id}/table.csv",
        "-P",
        "models=elasticnet,rf",
        "-P",
        "tune_model=none",
        "-P",
        "gate=r2>=0.1,rmse<=900",
        "-P",
        "execution=mlflow-run",
    )
    assert status == 0, site.cluster.output()
    main = site.caller.runs("main")[0]
    assert main.data.tags["mlflow.project.backend"] == "kubernetes"
    children = site.caller.children(main)
    assert {run.info.status for run in [main, *children.values()]} == {"FINISHED"}
    assert site.caller.client.get_model_version_by_alias("reprise", "champion").version


@pytest.mark.containers
def test_a_secret_reaches_the_pod_and_nothing_else(site):
    words = shlex.split(command("kubectl create secret generic mlflow-credentials"))
    literals = [word.removeprefix("--from-literal=") for word in words if "literal" in word]
    values = dict(word.replace("...", "s3cr3t").split("=") for word in literals)
    assert set(values) == {"MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"}
    site.cluster.add_secret(words[4], values)
    assert site.submit("-e", "prepare", "-P", "target=target") == 0, site.cluster.output()
    posted = list(site.cluster.jobs.values())[-1]
    assert "s3cr3t" not in json.dumps(posted)
    assert "s3cr3t" not in site.cluster.output()
    prepared = site.caller.runs("prepare")[0]
    assert "s3cr3t" not in str(prepared)


@pytest.mark.containers
def test_a_step_that_fails_on_kubernetes_fails_the_run(site):
    assert site.submit("-e", "prepare", "-P", "target=no such column") != 0
    assert "target must be a column of the table, got 'no such column'" in site.cluster.output()


def test_the_job_template_is_a_job_of_kubernetes_that_asks_for_no_privilege():
    job = yaml.safe_load((ROOT / "deploy/kubernetes/job.yaml").read_text())
    kubernetes_validate.validate(job, VERSION, strict=True)
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["resources"]["limits"]
