"""A model that must be signed: the files behind a URI, held against its version's certificate."""

import mlflow

from reprise.errors import RepriseError
from reprise.formatting import listed
from reprise.provenance.model_files import ModelFiles, differences
from reprise.provenance.public_keys import PublicKeys
from reprise.registry.certificate import aliases_said, certificate_of, certificates
from reprise.registry.versions import CHALLENGER, CHAMPION
from reprise.tracking.runs import registered_version
from reprise.tracking.uris import alias_in

NOBODY = "none"


def trusted(uri: str, trust: str) -> str | None:
    """Digest of the files behind a model URI that a key in the file `trust` has signed.

    None where trust is `none`. Nothing of the model is loaded. Raises RepriseError where the URI
    names no version, no certificate of it is signed by the key, its files are not those that were
    signed, or no signed certificate has moved the alias there.
    """
    if trust == NOBODY:
        return None
    keys = PublicKeys.read(trust, "trust")
    version = registered_version(uri)
    if version is None:
        raise _untrusted(uri, trust, "which names no version of this registry")
    found = certificates(version.name, keys)
    signed = [each for each in found if each.signed and each.record is not None]
    own = certificate_of(signed, version)
    if own is None or own.record is None:
        any_own = certificate_of(found, version)
        reasons = any_own.flaws if any_own else ()
        why = listed(reasons) if reasons else f"version {version.version} is not signed"
        raise _untrusted(uri, trust, why)
    if own.of_version != (version.name, str(version.version)):
        raise _untrusted(uri, trust, f"the certificate is of version {own.of_version[1]}")
    alias = alias_in(uri)
    if alias in (CHAMPION, CHALLENGER):
        said = aliases_said(signed, version.name).get(alias)
        if said != str(version.version):
            where = f"version {said}" if said else "no version"
            raise _untrusted(uri, trust, f"{alias} of {where} is signed, not {version.version}")
    try:
        files = ModelFiles.behind(f"models:/{version.name}/{version.version}")
    except (mlflow.MlflowException, OSError):
        raise _untrusted(uri, trust, "its files are missing") from None
    if wrong := differences(own.record["version"]["files"], files.digests):
        raise _untrusted(uri, trust, listed(wrong))
    return files.digest


def _untrusted(uri: str, trust: str, why: str) -> RepriseError:
    return RepriseError(
        f"model must be signed by a key in '{trust}' (trust), got '{uri}' ({why}): nothing of it "
        "was loaded; `verify` says more"
    )
