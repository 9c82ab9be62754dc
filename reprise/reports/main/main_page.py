"""The page, put together from its sections."""

from datetime import UTC, datetime

from reprise.evaluation.metrics import METRICS
from reprise.reports import html, model_charts
from reprise.reports.main import step_graph
from reprise.reports.main.answer import answer_of
from reprise.reports.main.appendix import commands_of, environment_of
from reprise.reports.main.data_section import KINDS, columns_of, is_sample, target_picture
from reprise.reports.main.leaderboard import leaderboard
from reprise.reports.main.result import Result
from reprise.reports.main.search_section import tuning_of
from reprise.reports.main.steps_section import pages_of, steps_of
from reprise.tracking.contract import REPORT


def render(result: Result) -> str:
    """The page as HTML: answer, candidates, pictures, search, data, steps, environment, commands.

    Whatever came from the user's table is shown as text.
    """
    started = datetime.fromtimestamp(result.parent.info.start_time / 1000, UTC)
    seconds = datetime.now(UTC).timestamp() - result.parent.info.start_time / 1000
    return html.page(
        REPORT,
        result=result,
        target=result.asked["target"],
        data=result.asked["data"],
        day=f"{started:%Y-%m-%d %H:%M} UTC",
        seconds=seconds,
        answer=answer_of(result),
        metrics=result.metrics,
        larger=METRICS,
        rows=leaderboard(result),
        predictions=model_charts.of_predictions(result.evidence),
        thresholds=result.evidence.get("thresholds"),
        columns_seen=model_charts.of_columns(result.evidence),
        training=model_charts.of_training(result.evidence),
        tuning=tuning_of(result),
        schema=result.schema,
        summary=result.summary,
        sample=is_sample(result),
        kinds=KINDS,
        target_picture=target_picture(result),
        columns=columns_of(result),
        steps=steps_of(result),
        wide=step_graph.wide(result.outcomes, result.needs),
        narrow=step_graph.narrow(result.outcomes, result.needs),
        links=pages_of(result),
        environment=environment_of(result),
        commands=commands_of(result),
    )
