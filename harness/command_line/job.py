"""What a command tells the CI job that it runs in, beside what it prints; nothing outside of one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from reports.gating.gate import GateResult
    from reports.pages.wording import Words


def tell_of_run(folder: Path) -> None:
    """Put the summary of a run on the page of a job of GitHub Actions.

    Raises:
        InputError: The summary's file cannot be written.
        ReportError: The run's tables are missing or torn.
    """
    if not _in_github_actions():
        return
    from harness.publishing.github import page_of_job, write_step_summary  # noqa: PLC0415
    from reports.analysis import analyse  # noqa: PLC0415
    from reports.pages.pull_request import pull_request_summary  # noqa: PLC0415
    from reports.tables import read_tables  # noqa: PLC0415

    summary = pull_request_summary(analyse(read_tables(folder)), page_of_job(os.environ))
    write_step_summary(summary, os.environ)


def tell_of_gate(result: GateResult, words: Words) -> None:
    """Annotate a job of GitHub Actions with every rule that did not pass; on stderr, so that `--json` stays JSON."""
    if not _in_github_actions():
        return
    from reports.pages.annotations import annotation_lines  # noqa: PLC0415

    for line in annotation_lines(result, words):
        typer.echo(line, err=True)


def _in_github_actions() -> bool:
    return os.environ.get("GITHUB_ACTIONS") == "true"
