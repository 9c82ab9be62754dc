"""main, killed at one moment after the other: the next one finishes and loses nothing."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from .conftest import Workplace

pytestmark = pytest.mark.slow

FAULTS = Path(__file__).with_name("faults")
ARGUMENTS = (
    "--models",
    "elasticnet,rf",
    "--tune_model",
    "elasticnet",
    "--trials",
    "3",
    "--workers",
    "1",
)
STEPS = ("prepare", "train_elasticnet", "train_rf", "tune", "ensemble", "register")
MOMENTS = 24
KINDS = ("self", "client", "all")


class Faulty(Workplace):
    """A workplace whose processes count their events, and fail at one of them."""

    def environment(self) -> dict[str, str]:
        environment = super().environment()
        path = f"{FAULTS}:{environment['PYTHONPATH']}"
        return environment | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}

    def main(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "steps.main", *ARGUMENTS, *arguments],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        (self.folder / "client.pid").write_text(str(process.pid))
        output = process.communicate()[0]
        return subprocess.CompletedProcess(process.args, process.returncode, output)

    def pids(self) -> set[int]:
        """The processes that have taken part so far."""
        lines = (self.folder / "events.txt").read_text().splitlines()
        return {int(line.split()[1]) for line in lines}

    def events(self) -> list[tuple[str, str]]:
        """(entry point, function) of each event so far, in order."""
        lines = (self.folder / "events.txt").read_text().splitlines()
        names = {run.info.run_id: name for name in STEPS for run in self.runs(name)}
        return [(names.get(line.split()[0], "main"), line.split()[2]) for line in lines]

    def fail(self, event: int, kind: str) -> None:
        (self.folder / "fault.txt").write_text(f"{event} {kind}")

    def mend(self) -> None:
        (self.folder / "fault.txt").unlink()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Faulty:
    workplace = Faulty(tmp_path_factory.mktemp("undisturbed"))
    done = workplace.main()
    assert done.returncode == 0, done.stdout
    return workplace


def moments(events: list[tuple[str, str]]) -> list[int]:
    """Numbers of the events to fail at: the registry's own, and others spread over all steps."""
    always = {"create_registered_model", "create_model_version", "set_registered_model_alias"}
    chosen = [number for number, (_, name) in enumerate(events, 1) if name in always]
    chosen.append([name for _, name in events].index("log_artifacts") + 1)
    others = [number for number in range(3, len(events) + 1) if number not in chosen]
    wanted = MOMENTS - len(chosen)
    chosen += [others[place * len(others) // wanted] for place in range(wanted)]
    return sorted(chosen)


def wait_for_the_end_of(pids: set[int]) -> None:
    deadline = time.monotonic() + 30
    while any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids):
        assert time.monotonic() < deadline, "processes outlive the main that they belong to"
        time.sleep(0.1)


def finished(workplace: Faulty) -> set[str]:
    """Entry points that have a finished run."""
    return {
        name for name in STEPS if any(r.info.status == "FINISHED" for r in workplace.runs(name))
    }


def test_the_moments_lie_in_every_step_in_uploads_and_in_the_registration(undisturbed):
    events = undisturbed.events()
    chosen = [events[number - 1] for number in moments(events)]
    assert {step for step, _ in chosen} == {"main", *STEPS}
    assert {"log_artifact", "log_artifacts", "create_model_version"} <= {name for _, name in chosen}
    assert len(chosen) == MOMENTS


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_killed_at_any_moment_the_next_main_finishes_and_redoes_only_what_had_not(
    undisturbed, tmp_path, moment
):
    event, kind = moments(undisturbed.events())[moment], KINDS[moment % len(KINDS)]
    workplace = Faulty(tmp_path)
    workplace.fail(event, kind)
    killed = workplace.main()
    assert killed.returncode != 0, (undisturbed.events()[event - 1], kind, killed.stdout)
    wait_for_the_end_of(workplace.pids())
    workplace.mend()
    kept = finished(workplace)

    done = workplace.main()
    assert done.returncode == 0, done.stdout
    newest = {name: workplace.runs(name)[0] for name in STEPS}
    assert {name for name, run in newest.items() if "reprise.cached_from" in run.data.tags} == kept
    ids = [experiment.experiment_id for experiment in workplace.client.search_experiments()]
    assert workplace.client.search_runs(ids, "attributes.status = 'RUNNING'") == []
    versions = workplace.client.search_model_versions("name = 'reprise'")
    expected = undisturbed.client.get_model_version_by_alias("reprise", "champion")
    champion = workplace.client.get_model_version_by_alias("reprise", "champion")
    assert [version.version for version in versions] == [champion.version]
    digest = "reprise.digest.model"
    assert champion.tags[digest] == expected.tags[digest]
    for name in STEPS:
        reference = undisturbed.runs(name)[0].data.tags
        outputs = [tag for tag in reference if tag.startswith("reprise.digest.")]
        for tag in outputs:
            assert newest[name].data.tags[tag] == reference[tag], (name, tag)


@pytest.mark.parametrize("moment", [5, 12, 19])
def test_a_full_disk_is_said_in_one_line_and_the_next_main_finishes(undisturbed, tmp_path, moment):
    events = undisturbed.events()
    uploads = [n for n, (_, name) in enumerate(events, 1) if name.startswith("log_artifact")]
    workplace = Faulty(tmp_path)
    workplace.fail(uploads[moment * len(uploads) // MOMENTS], "full")
    full = workplace.main()
    assert full.returncode == 1
    assert "the disk must have room" in full.stdout
    assert "Traceback" not in full.stdout
    workplace.mend()
    done = workplace.main()
    assert done.returncode == 0, done.stdout
    assert len(workplace.client.search_model_versions("name = 'reprise'")) == 1
