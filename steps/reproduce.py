"""Entry point reproduce: do a past result again and prove that it comes out the same."""

import json

import click

from reprise.tracking.contract import (
    ORIGINAL_TAG,
    REPRODUCTION,
    REPRODUCTION_PAGE,
    REPRODUCTION_SUMMARY,
    VERDICT_TAG,
)
from steps import parameters
from steps.command import EXECUTE, parse_step, server_settings, step
from steps.run import current_source


@step("reproduce", starts_server=True, reusable=False)
@parameters.option(
    "of", None, parameters.SOURCE, "result to prove: run id, runs:/ or models:/ URI, or a capsule"
)
@parameters.option(
    "tolerance",
    0.0,
    parameters.Number(0, 1e300),
    "largest difference that is accepted; 0: equal in every bit",
)
@parameters.trust
def command(of: str, tolerance: float, trust: str) -> None:
    """Do a past run again, code, packages and data as they were, and compare every output."""
    import mlflow

    from reprise.errors import RepriseError
    from reprise.pipeline.runner import Execution
    from reprise.provenance.seals import log_sealed
    from reprise.provenance.signing import own_key
    from reprise.reproduction.capsule.opened import opened
    from reprise.reproduction.plan import make_plan
    from reprise.reproduction.proof import reproduce
    from reprise.reproduction.safe_to_run import check_safe
    from reprise.reproduction.verification_summary import summary_of
    from reprise.tracking.runs import active_run
    from steps.main_output import Progress

    run, key = active_run(), own_key()
    execution = Execution(EXECUTE, server_settings(), parse_step, 0, "off", current_source())
    with opened(of) as place:
        check_safe(place, of, trust)
        plan = make_plan(place.name, place.capsule)
        length = sum(task.entry_point != "register" for task in plan.tasks.values())
        with Progress(length) as progress:
            parent = place.parent(run)
            found = reproduce(plan, tolerance, parent, execution, progress.show, click.echo)
        report = json.dumps(found.to_json(), indent=2).encode()
        files = {REPRODUCTION: report, REPRODUCTION_PAGE: found.to_html().encode()}
        if key is not None and place.capsule is None:
            files[REPRODUCTION_SUMMARY] = key.seal(summary_of(found, run, report))
    log_sealed(files)
    mlflow.set_tags({VERDICT_TAG: found.verdict, ORIGINAL_TAG: found.run})
    for line in found.lines():
        click.echo(line)
    if found.verdict == "different":
        because = "; ".join(found.reasons[:3]) or "no reason was found"
        raise RepriseError(
            f"the result must come out the same, got differences in run {found.run} ({because}): "
            f"see {REPRODUCTION_PAGE} of run {run.info.run_id}"
        )


if __name__ == "__main__":
    command()
