"""What the result was made with: code, lock, Python, machine."""

from reprise.lineage.artifacts import read_json
from reprise.lineage.recording import ENVIRONMENT
from reprise.report.result import Result
from reprise.wording import size


def environment_of(result: Result) -> list[tuple[str, str]]:
    """(name, value) of each fact that is known."""
    tags = result.parent.data.tags
    found = read_json(result.parent, ENVIRONMENT) or {}
    commit = tags.get("mlflow.source.git.commit", "")
    dirty = tags.get("reprise.dirty") == "true"
    facts = [
        ("commit", f"{commit} with changes (source/diff.patch)" if dirty else commit),
        ("repository", tags.get("mlflow.source.git.repoURL", "")),
        ("lock", str(found.get("lock", ""))),
        ("Python", str(found.get("python", ""))),
        ("platform", str(found.get("platform", ""))),
        ("processor", f"{found.get('processor', '')}, {found['cores']} cores" if found else ""),
        ("memory", size(found["memory_bytes"]) if found else ""),
        ("run", result.parent.info.run_id),
    ]
    return [(name, value) for name, value in facts if value]
