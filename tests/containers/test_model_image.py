"""The image of a model: the same predictions, little else in it, run as Kubernetes would."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import kubernetes_validate
import mlflow
import pandas as pd
import pytest
import yaml

from envs.docker.mounts import THREADS
from tests.pipeline.conftest import Shop
from tests.pipeline.serving import Server
from tests.servers.processes import free_port

from .cluster import VERSION
from .engine import ROOT, docker

pytestmark = pytest.mark.containers
FAMILIES = ("elasticnet", "ensemble", "gbm", "nn")


def built(shop: Shop, model: str, name: str) -> str:
    """`make model-image` of a model; the name of the image."""
    done = subprocess.run(
        # The environment is the one that runs the tests, whatever its age.
        [
            "make",
            "--old-file=.venv/.locked",
            "model-image",
            f"MODEL={model}",
            f"MODEL_IMAGE={name}",
        ],
        cwd=ROOT,
        env=os.environ | shop.environment() | {"DOCKER_BUILDKIT": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return name


@contextmanager
def running(image: str, log: Path, *options: str) -> Iterator[Server]:
    """A container of the image, on a port of this machine."""
    port = free_port()
    # They decide on the last bits, so they must be the same inside.
    threads = [f"--env={name}" for name in THREADS if name in os.environ]
    command = [
        "docker",
        "run",
        "--rm",
        "--network=host",
        *threads,
        *options,
        image,
        f"--port={port}",
    ]
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file)
    server = Server(process, port, log)
    try:
        server.await_ready()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def images(shop: Shop, base_image: str) -> dict[str, str]:
    """An image of each family's model of the flowers."""
    return {name: built(shop, shop.trained()[name], f"reprise-model-{name}") for name in FAMILIES}


@pytest.mark.parametrize("family", FAMILIES)
def test_an_image_predicts_what_python_predicts_to_the_last_bit(shop, images, tmp_path, family):
    mlflow.set_tracking_uri(shop.uri)
    rows = pd.read_csv(shop.table)
    model = mlflow.pyfunc.load_model(shop.trained()[family])
    expected = model.predict(rows, params={"output": "probabilities"})
    expected.columns = [f"probability of {label}" for label in expected]
    expected.insert(0, "predicted", model.predict(rows))
    records = json.loads(rows.to_json(orient="records", double_precision=15))
    with running(images[family], tmp_path / "log.txt") as server:
        status, found = server.post("/predict", records)
        assert server.ask("GET", "/version")[1] == mlflow.__version__
    assert status == 200
    pd.testing.assert_frame_equal(pd.DataFrame(found), expected, check_exact=True)


def test_an_image_has_no_pickle_no_root_and_nothing_that_only_training_needs(images, image):
    name = images["nn"]
    assert json.loads(docker("image", "inspect", name))[0]["Config"]["User"] == "10001:10001"
    found = docker(
        "run",
        "--rm",
        "--user=0",
        "--entrypoint=sh",
        name,
        "-c",
        "find /model /srv -name '*.pkl' -o -name '*.pickle' -o -name '*.joblib' -o -name '*.keras';"
        "ls /opt/reprise/lib/python3*/site-packages",
    ).split()
    assert not [line for line in found if line.startswith(("/model", "/srv"))]
    assert {"sklearn", "skops", "uvicorn", "mlflow"} <= set(found)
    assert not {"tensorflow", "keras", "optuna", "distributed", "flask"} & set(found)
    sizes = [json.loads(docker("image", "inspect", each))[0]["Size"] for each in (name, image)]
    assert sizes[0] < 0.5 * sizes[1], sizes


def test_the_deployment_is_valid_and_three_of_its_pods_answer(images, tmp_path):
    text = (ROOT / "deploy/kubernetes/serve.yaml").read_text()
    deployment, service = yaml.safe_load_all(text)
    for each in (deployment, service):
        kubernetes_validate.validate(each, VERSION, strict=True)
    template = deployment["spec"]["template"]
    assert deployment["spec"]["replicas"] == 3
    assert service["spec"]["selector"].items() <= template["metadata"]["labels"].items()
    assert service["spec"]["ports"][0]["port"] == 9696
    pod = template["spec"]
    (container,) = pod["containers"]
    assert container["ports"][0]["containerPort"] == 9696
    assert json.loads(docker("image", "inspect", images["gbm"]))[0]["Config"]["ExposedPorts"] == {
        "9696/tcp": {}
    }
    context, limits = pod["securityContext"], container["resources"]["limits"]
    options = [
        f"--user={context['runAsUser']}:{context['runAsGroup']}",
        *("--cap-drop=ALL", "--security-opt=no-new-privileges", "--read-only", "--tmpfs=/tmp"),
        *(f"--memory={limits['memory'].removesuffix('Gi')}g", f"--cpus={limits['cpu']}"),
    ]
    for number in range(deployment["spec"]["replicas"]):
        with running(images["gbm"], tmp_path / f"{number}.txt", *options) as server:
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                assert server.ask("GET", container[probe]["httpGet"]["path"])[0] == 200
        assert "Traceback" not in server.log.read_text()
