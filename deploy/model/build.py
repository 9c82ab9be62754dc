"""Build the image of one model: `python deploy/model/build.py MODEL_URI IMAGE`.

The image holds the model's files, the modules that serve it and the packages that both import, at
the pins of the lock. A network's Keras copy stays out: NumPy predicts.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import mlflow

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from reprise.errors import RepriseError  # noqa: E402
from reprise.lineage.code import reachable_source  # noqa: E402
from reprise.loading import LoadedModel, load_model  # noqa: E402

# What the modules of reprise.serving and a model's own file import; mlflow-skinny is MLflow
# without its server and user interface.
PACKAGES = ("mlflow-skinny", "numpy", "pandas", "pyarrow", "scikit-learn", "skops", "skrub",
            "starlette", "threadpoolctl", "uvicorn")  # fmt: skip
_NOT_SERVED = ("network.keras",)


def main(model: str, image: str) -> int:
    """Build the image; return the exit status of docker."""
    try:
        loaded = load_model(model)
    except RepriseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="reprise-image-") as folder:
        context = Path(folder)
        write_context(loaded, context)
        given = [f"--build-arg=MODEL={loaded.uri}", f"--build-arg=DIGEST={_digest(loaded)}"]
        return subprocess.run(["docker", "build", "--tag", image, *given, folder]).returncode


def write_context(loaded: LoadedModel, context: Path) -> None:
    """Write the Dockerfile and all that it copies."""
    for path in ("deploy/model/Dockerfile", "bootstrap.py", "requirements.txt"):
        shutil.copy(ROOT / path, context)
    files = Path(mlflow.artifacts.download_artifacts(loaded.uri))
    shutil.copytree(files, context / "model", ignore=shutil.ignore_patterns(*_NOT_SERVED))
    modules = reachable_source("reprise.serving.__main__", "reprise.serving.app")
    for module in modules:
        source = ROOT.joinpath(*module.split("."))
        source = source / "__init__.py" if source.is_dir() else source.with_suffix(".py")
        target = context / "code" / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    (context / "model-requirements.txt").write_text(requirements())


def requirements() -> str:
    """The packages and what they need, with the pins and hashes of the lock."""
    compile_ = ("uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate")
    options = ("--generate-hashes", "--constraint", str(ROOT / "requirements.txt"), "-")
    done = subprocess.run(
        [*compile_, *options], input="\n".join(PACKAGES), capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def _digest(loaded: LoadedModel) -> str:
    if loaded.run_id is None:
        return "unknown"
    return str(mlflow.get_run(loaded.run_id).data.tags.get("reprise.digest.model", "unknown"))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python deploy/model/build.py MODEL_URI IMAGE")
    sys.exit(main(*sys.argv[1:]))
