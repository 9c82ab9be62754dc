"""Build the image of this project: `python3 -m envs.docker.build NAME`, with nothing but python3.

The image holds no repository, so what its code is travels beside it: source.json.
"""

import hashlib
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from reprise.provenance.source import RECORD, read_source

ROOT = Path(__file__).resolve().parents[2]


def main(name: str) -> int:
    """Build the image `name`; return the exit status of docker."""
    source = read_source(ROOT)
    lock = hashlib.sha256((ROOT / "requirements.txt").read_bytes()).hexdigest()
    facts = {"COMMIT": source.commit, "REPOSITORY": source.repository, "LOCK": lock}
    if source.commit and source.dirty:
        facts["COMMIT"] = f"{source.commit}-dirty"
    given = [f"--build-arg={key}={value}" for key, value in facts.items() if value]
    record = ROOT / RECORD
    record.write_text(json.dumps(asdict(source)), encoding="utf-8")
    command = ["docker", "build", "--tag", name, *given, str(ROOT)]
    try:
        return subprocess.run(command, check=False).returncode
    finally:
        record.unlink()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python3 -m envs.docker.build NAME")
    sys.exit(main(sys.argv[1]))
