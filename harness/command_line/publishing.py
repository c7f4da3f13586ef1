"""`rejoinder publish`: telling pull requests, CI servers, MLflow and model cards of a finished run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from harness.command_line.gate_options import Allow, Allowed, Policy, Released

if TYPE_CHECKING:
    from reports.analysis import Analysis

app = typer.Typer(
    help="Tell pull requests, CI servers, MLflow and model cards of a finished run.", no_args_is_help=True
)

RunFolder = Annotated[Path, typer.Argument(help="Folder of a finished run.", metavar="RUN")]
Link = Annotated[
    str | None, typer.Option(help="Address of the HTML report; in a job of GitHub or GitLab its own page if not given.")
]


@app.command("summary")
def summary(
    run: RunFolder,
    link: Link = None,
    policy: Policy = None,
    candidate: Released = None,
    allow: Allow = None,
    out: Annotated[Path | None, typer.Option(help="File to write; printed if not given.")] = None,
) -> None:
    """Sum a run up in Markdown that fits a pull request: verdict, gate, measures, the worst regressions."""
    from reports.pages.pull_request import pull_request_summary  # noqa: PLC0415

    text = pull_request_summary(_analysis(run, policy, candidate, allow), link or _page_of_job())
    if out is None:
        typer.echo(text, nl=False)
    else:
        _write(out, text)


@app.command("comment")
def comment(
    run: RunFolder,
    link: Link = None,
    on: Annotated[
        Literal["github", "gitlab"] | None,
        typer.Option(help="Which forge; told by the job's environment if not given."),
    ] = None,
    number: Annotated[
        int | None, typer.Option(min=1, help="Of the pull or merge request, if the job knows none.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Tells comments of one pull request apart; the suite's name if not given.")
    ] = None,
    policy: Policy = None,
    candidate: Released = None,
    allow: Allow = None,
) -> None:
    """Write the summary as a comment of a pull or merge request, or bring the one that is there up to date."""
    from harness.publishing.comment import put_comment  # noqa: PLC0415
    from harness.publishing.github import pull_request_of  # noqa: PLC0415
    from harness.publishing.gitlab import merge_request_of  # noqa: PLC0415
    from reports.pages.pull_request import pull_request_summary  # noqa: PLC0415

    forge = on or ("gitlab" if os.environ.get("GITLAB_CI") else "github")
    discussion = (merge_request_of if forge == "gitlab" else pull_request_of)(os.environ, number)
    analysis = _analysis(run, policy, candidate, allow)
    text = pull_request_summary(analysis, link or _page_of_job())
    with discussion.server:
        posted = put_comment(discussion, key or analysis.tables.manifest.suite.name, text)
    typer.echo(f"{'brought up to date' if posted.was_there else 'written'}: {posted.url}")


@app.command("junit")
def junit(
    run: RunFolder,
    dialogues: Annotated[
        bool, typer.Option("--dialogues", help="Also one test case for each dialogue and candidate.")
    ] = False,
    policy: Policy = None,
    candidate: Released = None,
    allow: Allow = None,
    out: Annotated[Path | None, typer.Option(help="File to write; junit.xml in the run folder if not given.")] = None,
) -> None:
    """Write JUnit XML: one test case for each rule of the gate and candidate, and for each dialogue if asked."""
    from reports.dialogue_outcomes import dialogue_outcomes  # noqa: PLC0415
    from reports.gating.finished_runs import require_finished  # noqa: PLC0415
    from reports.pages.junit import junit_xml  # noqa: PLC0415

    require_finished(run)
    analysis = _analysis(run, policy, candidate, allow)
    tables = analysis.tables
    outcomes = dialogue_outcomes(tables, analysis.scores) if dialogues else []
    _write(out or run / "junit.xml", junit_xml(analysis.gate, tables.manifest.run, outcomes, analysis.words))


@app.command("mlflow")
def mlflow(
    run: RunFolder,
    uri: Annotated[str, typer.Argument(help="MLflow's tracking URI, for example sqlite:///mlflow.db.")],
    experiment: Annotated[str | None, typer.Option(help="Its name; the suite's if not given.")] = None,
) -> None:
    """Log a run to MLflow: settings, means and reports, and below it one MLflow run for each candidate."""
    from harness.publishing.mlflow_log import log_run  # noqa: PLC0415

    logged = log_run(run, uri, experiment)
    what = "brought up to date" if logged.was_there else "logged"
    typer.echo(f"{what}: run {logged.run_id} of experiment {logged.experiment}")


@app.command("model-card")
def model_card(
    run: RunFolder,
    card: Annotated[Path, typer.Argument(help="The model card; made if it is not there.")],
    candidate: Annotated[str, typer.Option(help="Whose card it is.")],
    dataset: Annotated[
        str | None, typer.Option(help="The suite's name on the hub, owner/name, where it is published.")
    ] = None,
) -> None:
    """Put a candidate's figures into a Hugging Face model card: `model-index` metadata and a table."""
    from harness.publishing.model_card import write_model_card  # noqa: PLC0415
    from reports.gating.finished_runs import require_finished  # noqa: PLC0415

    require_finished(run)
    write_model_card(_analysis(run), candidate, card, dataset=dataset)
    typer.echo(f"wrote {card}")


def _analysis(
    run: Path,
    policy: Path | None = None,
    released: Sequence[str] | None = None,
    allow: Sequence[Allowed] | None = None,
) -> Analysis:
    from harness.command_line.gate_options import asked_gate  # noqa: PLC0415
    from reports.analysis import analyse  # noqa: PLC0415
    from reports.tables import read_tables  # noqa: PLC0415

    asked = asked_gate(policy, released, allow, strict=False)
    with asked.naming_fields():
        return analyse(read_tables(run), rules=asked.rules, terms=asked.terms)


def _page_of_job() -> str | None:
    from harness.publishing import github, gitlab  # noqa: PLC0415

    return github.page_of_job(os.environ) or gitlab.page_of_job(os.environ)


def _write(file: Path, text: str) -> None:
    from harness.run_folder import write_atomically, writing  # noqa: PLC0415

    with writing(file.parent):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, text)
    typer.echo(f"wrote {file}")
