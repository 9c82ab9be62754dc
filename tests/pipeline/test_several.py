"""Several mains at once, on a store that does not exist yet; and the end of one by Ctrl-C."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from .conftest import Workplace

pytestmark = pytest.mark.slow

ARGUMENTS = ("--models", "elasticnet,rf", "--tune_model", "none", "--workers", "1")
CHILDREN = {"prepare", "train_elasticnet", "train_rf", "ensemble", "register"}
MARK = "REPRISE_TEST_MARK"


def start(workplace: Workplace, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "steps.main", *arguments],
        cwd=workplace.folder,
        env=workplace.environment() | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def marked(mark: str) -> list[psutil.Process]:
    """Living processes with this mark in their environment: ours, wherever they were forked."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != "zombie":
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def test_four_mains_started_together_on_a_new_store_all_succeed(workplace):
    processes = [start(workplace, *ARGUMENTS) for _ in range(4)]
    outputs = [process.communicate(timeout=300)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, "\n".join(outputs)
    parents = workplace.runs("main")
    assert len(parents) == 4
    for parent in parents:
        children = workplace.children(parent)
        assert set(children) == CHILDREN
        assert {run.info.status for run in children.values()} == {"FINISHED"}
    for name in CHILDREN - {"register"}:
        digests = {
            tag: {run.data.tags[tag] for run in workplace.runs(name)}
            for tag in workplace.runs(name)[0].data.tags
            if tag.startswith("reprise.digest.")
        }
        assert digests
        assert all(len(values) == 1 for values in digests.values()), digests
    (version,) = workplace.client.search_model_versions("name = 'reprise'")
    assert workplace.client.get_model_version("reprise", version.version).aliases == ["champion"]


def test_ctrl_c_ends_every_process_at_once(workplace):
    mark = str(workplace.folder)
    process = start(workplace, "--trials", "500", **{MARK: mark})
    for line in process.stdout:
        if "tune: started" in line:
            break
    while len(marked(mark)) <= 3:
        time.sleep(0.05)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    while marked(mark):
        assert time.monotonic() - began < 30, marked(mark)
        time.sleep(0.05)
    assert process.wait() == 130
    process.stdout.close()
    statuses = {name: workplace.runs(name)[0].info.status for name in ("main", "tune", "prepare")}
    assert statuses == {"main": "KILLED", "tune": "KILLED", "prepare": "FINISHED"}
    ids = [experiment.experiment_id for experiment in workplace.client.search_experiments()]
    assert workplace.client.search_runs(ids, "attributes.status = 'RUNNING'") == []


def test_a_warm_server_that_is_killed_is_replaced_and_main_goes_on(workplace):
    mark = str(workplace.folder)
    process = start(workplace, *ARGUMENTS, **{MARK: mark, "REPRISE_WARM_MINUTES": "0"})
    for line in process.stdout:
        if "train_elasticnet: started" in line:
            break
    servers = [found for found in marked(mark) if "reprise.runtime.fork_server" in found.cmdline()]
    first = min(servers, key=lambda found: found.create_time())
    first.kill()
    output = process.communicate(timeout=200)[0]
    assert process.returncode == 0, output
    assert set(workplace.children(workplace.runs("main")[0])) == CHILDREN


def test_steps_under_mlflow_run_give_the_digests_of_warm_ones(workplace):
    assert workplace.step("main", *ARGUMENTS).returncode == 0
    warm = workplace.children(workplace.runs("main")[0])
    done = workplace.step("main", *ARGUMENTS, "--execution", "mlflow-run", "--cache", "off")
    assert done.returncode == 0, done.stdout + done.stderr
    slow = workplace.children(workplace.runs("main")[0])
    for name in CHILDREN - {"register"}:
        assert "reprise.cached_from" not in slow[name].data.tags
        digests = {tag: value for tag, value in warm[name].data.tags.items() if "digest" in tag}
        assert digests
        assert {tag: slow[name].data.tags[tag] for tag in digests} == digests
        kept = {tag: value for tag, value in warm[name].data.tags.items() if "mlflow." in tag}
        assert set(kept) <= set(slow[name].data.tags), name


def test_a_run_of_a_dead_process_is_marked_killed_and_that_of_a_living_one_is_not(workplace):
    assert workplace.step("main", *ARGUMENTS).returncode == 0
    own = workplace.runs("main")[0].data.tags["reprise.process"].split()
    machine = own[:4]
    alive = psutil.Process(os.getpid())
    ticks = Path(f"/proc/{alive.pid}/stat").read_text().rpartition(")")[2].split()[19]
    owners = {
        "dead": [*machine, "999999999", "1"],
        "reused": [*machine, str(alive.pid), str(int(ticks) - 1)],
        "alive": [*machine, str(alive.pid), ticks],
        "another host": ["elsewhere", *machine[1:], "999999999", "1"],
        "another container": [*machine[:3], "pid:[1]", "999999999", "1"],
        "a container that holds it": [*machine[:3], "pid:[1]", "999999999", "1", "held"],
        "a container that let go": [*machine[:3], "pid:[1]", "999999999", "1", "held"],
    }
    runs = {}
    for name, tag in owners.items():
        run = workplace.client.create_run("0", tags={"reprise.process": " ".join(tag)})
        runs[name] = run.info.run_id
        folder = Path(run.info.artifact_uri.removeprefix("file://"))
        folder.mkdir(parents=True)
        if name == "a container that holds it":
            held = os.open(folder, os.O_RDONLY)
            fcntl.flock(held, fcntl.LOCK_EX)
    assert workplace.step("main", *ARGUMENTS).returncode == 0
    os.close(held)
    statuses = {name: workplace.client.get_run(run).info.status for name, run in runs.items()}
    assert statuses == {
        "dead": "KILLED",
        "reused": "KILLED",
        "alive": "RUNNING",
        "another host": "RUNNING",
        "another container": "RUNNING",
        "a container that holds it": "RUNNING",
        "a container that let go": "KILLED",
    }
