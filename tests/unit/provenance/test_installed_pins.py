"""Lines of a lock, as packages."""

from reprise.provenance.installed import PinnedPackage, pinned_packages

A, B = "a" * 64, "b" * 64
LOCK = f"""\
# made by make lock
Typing_Extensions==4.16.0 \\
    --hash=sha256:{A} \\
    --hash=sha256:{B}
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:{A}
    # via pandas
numpy==2.5.5 ; python_full_version >= '3.12' --hash=sha256:{B}
dask[array]==2026.1.0
"""


def test_a_package_has_its_marker_and_the_hashes_of_its_own_lines():
    assert pinned_packages(LOCK) == [
        PinnedPackage("typing-extensions", "4.16.0", "", (A, B)),
        PinnedPackage("numpy", "2.4.6", "python_full_version < '3.12'", (A,)),
        PinnedPackage("numpy", "2.5.5", "python_full_version >= '3.12'", (B,)),
        PinnedPackage("dask", "2026.1.0", "", ()),
    ]
