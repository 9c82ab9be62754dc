"""The page, put together from its sections."""

from datetime import UTC, datetime

from reprise import pages, pictures
from reprise.evaluation import metrics_of
from reprise.report import graph
from reprise.report.answer import answer_of
from reprise.report.commands import commands_of
from reprise.report.data import KINDS, columns_of, is_sample, target_picture
from reprise.report.environment import environment_of
from reprise.report.leaderboard import leaderboard
from reprise.report.result import Result
from reprise.report.steps import pages_of, steps_of
from reprise.report.tuning import tuning_of

NAME = "report.html"


def render(result: Result) -> str:
    """The page as HTML: answer, candidates, pictures, search, data, steps, environment, commands.

    Whatever came from the user's table is shown as text.
    """
    started = datetime.fromtimestamp(result.parent.info.start_time / 1000, UTC)
    seconds = datetime.now(UTC).timestamp() - result.parent.info.start_time / 1000
    return pages.page(
        NAME,
        result=result,
        target=str(result.options["target"]),
        data=str(result.options["data"]),
        day=f"{started:%Y-%m-%d %H:%M} UTC",
        seconds=seconds,
        answer=answer_of(result),
        metrics=result.metrics,
        larger=metrics_of(result.schema["task"]) if result.schema else {},
        rows=leaderboard(result),
        predictions=pictures.of_predictions(result.evidence),
        thresholds=result.evidence.get("thresholds"),
        columns_seen=pictures.of_columns(result.evidence),
        training=pictures.of_training(result.evidence),
        tuning=tuning_of(result),
        schema=result.schema,
        summary=result.summary,
        sample=is_sample(result),
        kinds=KINDS,
        target_picture=target_picture(result),
        columns=columns_of(result),
        steps=steps_of(result),
        wide=graph.wide(result.outcomes, result.needs),
        narrow=graph.narrow(result.outcomes, result.needs),
        links=pages_of(result),
        environment=environment_of(result),
        commands=commands_of(result),
    )
