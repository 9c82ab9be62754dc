"""Entry point reproduce: do a past result again and prove that it comes out the same."""

import click

from steps import parameters
from steps.command import parse_step, step


@step("reproduce", starts_server=True, reusable=False)
@parameters.option("of", None, str, "result to prove: run id, runs:/ or models:/ URI")
@parameters.option("tolerance", 0.0, parameters.Number(0, 1e300),
                   "largest difference that is accepted; 0: equal in every bit")  # fmt: skip
def command(of: str, tolerance: float) -> None:
    """Do a past run again, code, packages and data as they were, and compare every output."""
    import mlflow

    from reprise.errors import RepriseError
    from reprise.pipeline.runner import Execution
    from reprise.reproduction.plan import make_plan
    from reprise.reproduction.proof import reproduce
    from reprise.reproduction.verdict import JSON_NAME, PAGE_NAME
    from steps.progress import Progress

    run = mlflow.active_run()
    execution = Execution("steps.command:execute_step", parse_step, 0, "off")
    plan = make_plan(of)
    with Progress(sum(task.entry_point != "register" for task in plan.tasks.values())) as progress:
        found = reproduce(plan, tolerance, run, execution, progress.show, click.echo)
    mlflow.log_dict(found.to_json(), JSON_NAME)
    mlflow.log_text(found.to_html(), PAGE_NAME)
    mlflow.set_tags({"reprise.verdict": found.verdict, "reprise.original": found.run})
    for line in found.lines():
        click.echo(line)
    if found.verdict == "different":
        because = "; ".join(found.reasons[:3]) or "no reason was found"
        raise RepriseError(
            f"the result must come out the same, got differences in run {found.run} ({because}): "
            f"see {PAGE_NAME} of run {run.info.run_id}"
        )


if __name__ == "__main__":
    command()
