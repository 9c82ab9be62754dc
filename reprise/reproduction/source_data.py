"""Whether the raw table behind a run is still what it was when the run read it."""

from dataclasses import dataclass

from reprise.data.inputs import look_up
from reprise.data.read_options import NO_QUERY
from reprise.data.sources import SKLEARN
from reprise.errors import RepriseError
from reprise.provenance.output_files import changed_files
from reprise.provenance.recorded_run import Recorded
from reprise.reproduction.value_comparison import Comparison, compare_values
from reprise.tracking.contract import INPUT_DATA_TAG


@dataclass(frozen=True)
class SourceData:
    """The raw table, fetched again: its digest then and now, and what to say of it.

    `recorded` is None where the run kept none (an early one, with cache=off), `found` where it
    cannot be fetched.
    `change` is None where nothing is known to have changed. `is_kept` says that it is the copy that
    a capsule holds, not the source that it was read from.
    """

    name: str
    recorded: str | None
    found: str | None
    change: str | None
    is_kept: bool = False

    @property
    def note(self) -> str:
        """What was found, in words."""
        if self.change:
            return f"data: {self.change}"
        if self.name.startswith(SKLEARN):
            return f"data: {self.name}, pinned by the lock"
        if self.recorded is None:
            return f"data: {self.name}, whose digest was not recorded: its split is compared"
        if self.is_kept:
            return f"data: the copy of '{self.name}' in the capsule, sha256 {self.recorded[:12]}"
        return f"data: {self.name} has the bytes that were recorded, sha256 {self.recorded[:12]}"

    @property
    def comparisons(self) -> list[Comparison]:
        """The digests then and now, where one was recorded."""
        if self.recorded is None:
            return []
        return [compare_values("digest of the raw data", self.recorded, self.found)]


def fetch_again(prepare: Recorded) -> SourceData:
    """Fetch the raw table of a prepare run and hold it against the digest that was recorded."""
    place, is_kept = prepare.data, prepare.kept_data is not None
    name = prepare.origin.parameters["data"] if is_kept else place
    query = prepare.origin.parameters.get("query", NO_QUERY)
    # With cache=off there is no fingerprint.
    tag = prepare.run.data.tags.get(INPUT_DATA_TAG)
    recorded = prepare.identity.get("inputs", {}).get("data", tag)
    try:
        inputs = look_up(place, query)
    except RepriseError as error:
        gone = f"'{name}' cannot be fetched again ({error})"
        return SourceData(name, recorded, None, gone, is_kept)
    change, found = None, inputs.digest
    which = "" if len(inputs.files) == 1 else " or a file that its query names"
    if recorded is not None and recorded != found:
        change = f"'{name}'{which} has changed since (sha256 {recorded[:12]} -> {found[:12]})"
    return SourceData(name, recorded, found, change, is_kept)


def is_split_intact(prepare: Recorded) -> bool:
    """Whether the split that the run stored is still there, file by file as it was."""
    return not changed_files(prepare.run)
