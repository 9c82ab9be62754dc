"""A search as a study of Optuna, for its pictures and its measure of importance."""

from collections.abc import Mapping, Sequence
from typing import Any

from reprise.evaluation.metrics import larger_is_better
from reprise.models.family import Family, Hyperparameter
from reprise.training.search.trial import Trial


def study_of(metric: str, trials: Sequence[Trial], family: Family) -> Any:
    """Trials that have a value as a study, with the hyperparameters that differ between them."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize" if larger_is_better(metric) else "minimize")
    space = {
        name: _distribution(family.hyperparameters[name], trials, name) for name in searched(trials)
    }
    for trial in trials:
        params = {name: trial.params[name] for name in space}
        study.add_trial(optuna.create_trial(params=params, distributions=space, value=trial.value))
    return study


def importances(study: Any, seed: int) -> Mapping[str, float]:
    """The share of each hyperparameter in the variance of the value; empty where there is none.

    fANOVA (Hutter, Hoos and Leyton-Brown 2014), as Optuna computes it.
    """
    import optuna

    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=seed)
    try:
        shares: Mapping[str, float] = optuna.importance.get_param_importances(
            study, evaluator=evaluator
        )
    except (RuntimeError, ValueError):
        return {}  # every value is the same
    return shares


def searched(trials: Sequence[Trial]) -> list[str]:
    """Names of the hyperparameters that differ between trials."""
    names = trials[0].params if trials else {}
    return [name for name in names if len({trial.params[name] for trial in trials}) > 1]


def _distribution(hyperparameter: Hyperparameter, trials: Sequence[Trial], name: str) -> Any:
    import optuna

    values = [trial.params[name] for trial in trials]
    kinds: dict[type, Any] = {
        int: optuna.distributions.IntDistribution,
        float: optuna.distributions.FloatDistribution,
    }
    return kinds[hyperparameter.kind](min(values), max(values), log=hyperparameter.log)
