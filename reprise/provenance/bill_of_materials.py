"""The packages of a lock as a CycloneDX 1.6 bill of materials (SBOM) of a version.

https://cyclonedx.org/docs/1.6/json/. A package may be installed from any of several files: their
sha256 stand at its distribution, as the tools of CycloneDX for Python put them.
"""

import hashlib
from typing import Any
from urllib.parse import quote

from reprise.data.digests import canonical_json
from reprise.provenance.installed import PinnedPackage, pinned_packages

_INDEX = "https://pypi.org/simple"


def bill_of_materials(name: str, number: str, lock: bytes) -> bytes:
    """That of a version of a registered model: the same lock gives the same bytes."""
    packages = pinned_packages(lock.decode())
    version = f"models:/{name}/{number}"
    return canonical_json(
        {
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {
                "component": {
                    "type": "machine-learning-model",
                    "bom-ref": version,
                    "name": name,
                    "version": number,
                },
                "properties": _property("lock", hashlib.sha256(lock).hexdigest()),
            },
            "components": [_component(package) for package in packages],
            "dependencies": [{"ref": version, "dependsOn": [_purl(each) for each in packages]}],
        }
    )


def _component(package: PinnedPackage) -> dict[str, Any]:
    hashes = [{"alg": "SHA-256", "content": digest} for digest in package.hashes]
    distribution = {"type": "distribution", "url": f"{_INDEX}/{package.name}/"}
    component = {
        "type": "library",
        "bom-ref": _purl(package),
        "name": package.name,
        "version": package.version,
        "purl": _purl(package),
        "externalReferences": [distribution | ({"hashes": hashes} if hashes else {})],
    }
    return component | (
        {"properties": _property("marker", package.marker)} if package.marker else {}
    )


def _property(name: str, value: str) -> list[dict[str, str]]:
    return [{"name": f"reprise:{name}", "value": value}]


def _purl(package: PinnedPackage) -> str:
    """https://github.com/package-url/purl-spec: what is no plain letter is escaped."""
    return f"pkg:pypi/{package.name}@{quote(package.version, safe='')}"
