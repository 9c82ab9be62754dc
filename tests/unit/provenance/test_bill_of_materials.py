"""The packages of a lock as CycloneDX: all of them, with what tells one from another."""

import json
import re

from reprise.provenance.bill_of_materials import bill_of_materials
from reprise.provenance.environment import read_lock

LOCK = read_lock()


def components(lock: bytes) -> list[dict]:
    return json.loads(bill_of_materials("prices", "3", lock))["components"]


def test_every_package_of_the_lock_is_named_with_the_hashes_of_its_files():
    lines = re.findall(r"^([\w.-]+)==(\S+)", LOCK.decode(), re.MULTILINE)
    found = components(LOCK)
    assert [(each["name"], each["version"]) for each in found] == lines
    assert len(lines) > 100
    hashes = re.findall(r"--hash=sha256:(\S+)", LOCK.decode())
    assert hashes == [
        digest["content"] for each in found for digest in each["externalReferences"][0]["hashes"]
    ]
    refs = [each["bom-ref"] for each in found]
    assert len({*refs}) == len(refs)
    assert refs == [each["purl"] for each in found]


def test_a_package_of_some_platforms_says_which():
    (package,) = components(b"uvloop==0.23.0+x ; sys_platform != 'win32'\n")
    assert package["properties"] == [{"name": "reprise:marker", "value": "sys_platform != 'win32'"}]
    assert package["purl"] == "pkg:pypi/uvloop@0.23.0%2Bx"
    assert "hashes" not in package["externalReferences"][0]


def test_it_is_of_a_version_and_the_same_each_time():
    found = json.loads(bill_of_materials("prices", "3", LOCK))
    assert bill_of_materials("prices", "3", LOCK) == bill_of_materials("prices", "3", LOCK)
    version = found["metadata"]["component"]
    assert (version["name"], version["version"]) == ("prices", "3")
    (needs,) = found["dependencies"]
    assert needs["ref"] == version["bom-ref"] == "models:/prices/3"
    assert needs["dependsOn"] == [each["bom-ref"] for each in found["components"]]
