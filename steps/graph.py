"""The pipeline as a graph: which step needs which, and what each is given."""

from collections.abc import Callable, Sequence
from typing import Any

from mlflow.entities import Run

from reprise.data.schema import Task
from reprise.errors import RepriseError
from reprise.evaluation.metrics import is_better, resolve_metric
from reprise.models.families import ENSEMBLE, FAMILIES, get_family
from reprise.pipeline.step import Runs, Step
from reprise.registry.certificate import unsigned_since
from reprise.registry.gate import parse_gate
from reprise.registry.versions import changed_since
from reprise.tracking.contract import FAMILY_TAG, TABLE, TASK_TAG
from reprise.tracking.uris import run_uri
from steps.main_options import MainOptions

# What `prepare` is given.
_RAW = (
    *("data", "query", "target", "task", "split"),
    *("validation_fraction", "test_fraction", "seed", "header", "missing", "drop", "contract"),
)
# What a family imports beside what every step has: seconds of it.
_PRELOADS = {"nn": ("reprise.models.keras_import",)}


def build_pipeline(options: MainOptions) -> list[Step]:
    """The steps of `main` with these parameters, each after those it needs.

    Raises RepriseError for families that do not exist.
    """
    families = parse_families(options.models)
    trains = tuple(f"train_{name}" for name in families)
    steps = [Step("prepare", (), lambda _: options.given(*_RAW))]
    training = [
        Step(entry_point, ("prepare",), lambda runs: _train(runs, options), _imports_of(name))
        for entry_point, name in zip(trains, families, strict=True)
    ]
    tuned = options.tune_model
    needs = ("prepare", *trains) if tuned == "best" else ("prepare",)
    metric = options.metric
    preload = _imports_of_best(metric) if tuned == "best" else _imports_of(tuned)
    tuning = Step(
        "tune", needs, lambda runs: _tune(runs, trains, options), preload, alone=True, resumes=True
    )
    steps += training if tuned == "none" else [*training, tuning]
    candidates = trains if tuned == "none" else (*trains, "tune")
    if options.ensemble == "blend" and len(candidates) > 1:
        blended = candidates
        steps.append(
            Step(
                ENSEMBLE,
                ("prepare", *blended),
                lambda runs: _candidates(runs, blended, options, ("metric", "seed")),
            )
        )
        candidates = (*candidates, ENSEMBLE)
    registered = ("metric", "model_name", "gate", "promote", "refit")
    steps.append(
        Step(
            "register",
            ("prepare", *candidates),
            lambda runs: _candidates(runs, candidates, options, registered),
            (lambda _: ()) if options.refit == "none" else _imports_of_best(metric),
            changed=lambda run: changed_since(run) or unsigned_since(run),
        )
    )
    return steps


def _imports_of(family: str) -> Callable[[Runs], tuple[str, ...]]:
    return lambda _: _PRELOADS.get(family, ())


def _imports_of_best(metric: str) -> Callable[[Runs], tuple[str, ...]]:
    """What fitting the best candidate so far takes: the best of all will be fitted again."""

    def modules(runs: Runs) -> tuple[str, ...]:
        known = [name for name, run in runs.items() if FAMILY_TAG in run.data.tags]
        if not known:
            return ()
        family = best_run(runs, known, metric).data.tags[FAMILY_TAG]
        return _PRELOADS.get(family, ())

    return modules


def parse_families(models: str) -> list[str]:
    """The families in a comma-separated list; raise RepriseError for unknown or repeated ones."""
    names = [name.strip() for name in models.split(",")]
    for name in names:
        if name not in FAMILIES:
            raise RepriseError(
                f"models must be some of {', '.join(FAMILIES)}, separated by commas, got '{name}' "
                f"in '{models}': correct it"
            )
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise RepriseError(f"models must differ, got '{repeated[0]}' twice: name it once")
    return [get_family(name).name for name in names]


def best_run(runs: Runs, names: Sequence[str], metric: str) -> Run:
    """Of the runs called `names`, the one with the best validation metric; the first of equals."""
    chosen = resolve_metric(metric, task_of(runs))
    best = runs[names[0]]
    for name in names[1:]:
        values = [
            run.data.metrics.get(f"validation_{chosen}", float("nan")) for run in (runs[name], best)
        ]
        if is_better(chosen, *values):
            best = runs[name]
    return best


def _table(runs: Runs) -> str:
    return run_uri(runs["prepare"].info.run_id, TABLE)


def _train(runs: Runs, options: MainOptions) -> dict[str, Any]:
    _check_task(runs, options)
    return {"table": _table(runs), "seed": options.seed}


def _check_task(runs: Runs, options: MainOptions) -> None:
    """The task is known now: a metric or gate that it does not have is refused before any work."""
    task = task_of(runs)
    resolve_metric(options.metric, task)
    parse_gate(options.gate, task)


def task_of(runs: Runs) -> Task:
    """The task that prepare decided on."""
    found = runs["prepare"].data.tags[TASK_TAG]
    return "regression" if found == "regression" else "classification"


def _tune(runs: Runs, trains: tuple[str, ...], options: MainOptions) -> dict[str, Any]:
    _check_task(runs, options)
    family = options.tune_model
    if family == "best":
        family = best_run(runs, trains, options.metric).data.tags[FAMILY_TAG]
    shared = ("trials", "sampler", "pruner", "metric", "workers", "scheduler", "seed")
    return {"table": _table(runs), "model": family} | options.given(*shared)


def _candidates(
    runs: Runs, candidates: tuple[str, ...], options: MainOptions, shared: tuple[str, ...]
) -> dict[str, Any]:
    names = ",".join(runs[name].info.run_id for name in candidates)
    return {"candidates": names, "table": _table(runs)} | options.given(*shared)
