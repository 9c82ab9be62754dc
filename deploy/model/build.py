"""Build the image of one model: `python -m deploy.model.build MODEL_URI IMAGE [PUBLIC_KEY]`.

The image holds the model's files, the modules that serve it and the packages that both import, at
the pins of the lock. A network's Keras copy stays out: NumPy predicts.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import mlflow

from deploy.model.locked_packages import differing, locked
from reprise.errors import RepriseError
from reprise.inference.load import LoadedModel, load_model
from reprise.provenance.code import file_of, reachable_source
from reprise.registry.trust import NOBODY, trusted

ROOT = Path(__file__).resolve().parents[2]

# What the modules of reprise.inference and a model's own file import; mlflow-skinny is MLflow
# without its server and user interface.
PACKAGES = (
    "httptools",
    "mlflow-skinny",
    "numpy",
    "pandas",
    "prometheus-client",
    "pyarrow",
    "scikit-learn",
    "skops",
    "skrub",
    "starlette",
    "threadpoolctl",
    "uvicorn",
)
_NOT_SERVED = ("network.keras",)


def main(model: str, image: str, trust: str = NOBODY) -> int:
    """Build the image of a model, signed where a key is to be trusted; return docker's status."""
    try:
        loaded = load_model(model, digest=trusted(model, trust))
    except RepriseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if loaded.note:
        print(loaded.note)
    with tempfile.TemporaryDirectory(prefix="reprise-image-") as folder:
        context = Path(folder)
        write_context(loaded, context)
        given = [f"--build-arg=MODEL={loaded.uri}", f"--build-arg=DIGEST={_digest(loaded)}"]
        return subprocess.run(["docker", "build", "--tag", image, *given, folder]).returncode


def write_context(loaded: LoadedModel, context: Path) -> None:
    """Write the Dockerfile and all that it copies."""
    for path in ("deploy/model/Dockerfile", "bootstrap.py", "requirements.txt"):
        shutil.copy(ROOT / path, context)
    shutil.copytree(
        loaded.files.folder, context / "model", ignore=shutil.ignore_patterns(*_NOT_SERVED)
    )
    modules = reachable_source("reprise.inference.__main__", "reprise.inference.http_app")
    for module in modules:
        target = context / "code" / file_of(module, modules)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file_of(module, modules), target)
    lock = (ROOT / "requirements.txt").read_text()
    (context / "model-requirements.txt").write_text(locked(lock, PACKAGES))
    _tell_differences(lock, loaded.files.folder / "requirements.txt")


def _tell_differences(lock: str, needed: Path) -> None:
    """Say in a line which packages the model was made with at another version than it gets."""
    found = differing(lock, needed.read_text() if needed.exists() else "")
    if found:
        pins = ", ".join(
            f"{name}=={version} (image: {' or '.join(there) or 'none'})"
            for name, (version, there) in found.items()
        )
        print(f"note: the lock is not that of the model, made with {pins}", file=sys.stderr)


def _digest(loaded: LoadedModel) -> str:
    if loaded.run_id is None:
        return "unknown"
    return str(mlflow.get_run(loaded.run_id).data.tags.get("reprise.digest.model", "unknown"))


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: python -m deploy.model.build MODEL_URI IMAGE [PUBLIC_KEY]")
    sys.exit(main(*sys.argv[1:]))
