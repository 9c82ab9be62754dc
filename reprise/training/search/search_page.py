"""A search as one interactive page that needs neither network nor server."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from reprise.evaluation.metrics import larger_is_better
from reprise.models.family import Family
from reprise.reports import html
from reprise.tracking.contract import SEARCH_PAGE
from reprise.training.search.study import searched, study_of
from reprise.training.search.trial import Trial

FEWEST = 4
_LISTED = 100
_HEIGHT = 380
_MARGIN = {"t": 40, "r": 90, "b": 60, "l": 60}


def search_page(
    metric: str,
    shown: Sequence[Trial],
    trials: Sequence[Trial],
    family: Family,
    importance: Mapping[str, float],
) -> str:
    """The page: the figures of the trials that have a value, the best in a table, the failed ones.

    `shown` are those of `trials` that have a value. plotly.js stands in it once.
    """
    from plotly.offline import get_plotlyjs

    ranked = sorted(shown, key=lambda trial: trial.value, reverse=larger_is_better(metric))
    with_value = {trial.number for trial in shown}
    return html.page(
        SEARCH_PAGE,
        family=family.title,
        metric=metric,
        count=len(trials),
        names=list(shown[0].params) if shown else [],
        best=ranked[:_LISTED],
        failed=[trial for trial in trials if trial.number not in with_value],
        script=Markup(get_plotlyjs()),
        figures={
            title: Markup(figure.to_json().replace("<", "\\u003c"))
            for title, figure in _figures(metric, shown, family, importance).items()
        },
    )


def _figures(
    metric: str, shown: Sequence[Trial], family: Family, importance: Mapping[str, float]
) -> dict[str, Any]:
    """Figures by title, as far as the trials allow them; all but the importance are Optuna's."""
    import plotly.graph_objects as go
    from optuna import visualization

    study, names = study_of(metric, shown, family), searched(shown)
    found: dict[str, Any] = {
        "Optimisation history": visualization.plot_optimization_history(study, target_name=metric)
    }
    if importance:
        bars = sorted(importance.items(), key=lambda item: item[1])
        found["Importance of hyperparameters"] = go.Figure(
            go.Bar(x=[share for _, share in bars], y=[name for name, _ in bars], orientation="h"),
            {"xaxis_title": f"share of the variance of {metric}"},
        )
    if len(shown) >= FEWEST and names:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Optuna, that a figure may change some day
            found["Parallel coordinates"] = visualization.plot_parallel_coordinate(
                study, params=names, target_name=metric
            )
            found["Slices"] = visualization.plot_slice(study, params=names, target_name=metric)
    for figure in found.values():
        figure.update_layout(title=None, height=_HEIGHT, template="none", margin=_MARGIN)
        figure.update_yaxes(automargin=True)
    return found
