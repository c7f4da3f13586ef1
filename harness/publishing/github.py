"""GitHub: the comments of a pull request, and what a job of GitHub Actions knows of itself.

Source: https://docs.github.com/rest/issues/comments and "Store information in variables" of GitHub Actions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.publishing.comment import Comment, comment_of
from harness.publishing.rest import RestServer, Token
from suites.userfile import InputError

API: Final = "https://api.github.com"
RIGHTS: Final = "`pull-requests: write` (in a workflow under `permissions`; pull requests from forks have none)"
HEADERS: Final = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}

_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class PullRequest:
    """One pull request. Its comments are those of the issue of the same number."""

    server: RestServer
    repository: str
    """`owner/name`."""
    number: int

    def own_comments(self) -> Iterator[Comment]:
        """See `Discussion`. A workflow's token cannot ask who it is; then the comments of robots count as ours."""
        login = self._login()
        for found in self.server.all_of(f"{self._path}/comments?per_page=100"):
            author = found.get("user") or {}
            if author.get("login") == login if login else author.get("type") == "Bot":
                yield comment_of(found)

    def add(self, text: str) -> str:
        """See `Discussion`."""
        return str(self.server.ask("POST", f"{self._path}/comments", {"body": text}).get("html_url", ""))

    def replace(self, comment: Comment, text: str) -> str:
        """See `Discussion`."""
        path = f"repos/{self.repository}/issues/comments/{comment.id}"
        return str(self.server.ask("PATCH", path, {"body": text}).get("html_url", ""))

    @property
    def _path(self) -> str:
        return f"repos/{self.repository}/issues/{self.number}"

    def _login(self) -> str | None:
        found = self.server.ask_if_allowed("user")
        return str(found["login"]) if found and found.get("login") else None


def pull_request_of(environment: Mapping[str, str], number: int | None = None) -> PullRequest:
    """The pull request that a job runs for. Nothing is asked yet.

    Args:
        environment: Of the job: `GITHUB_TOKEN`, `GITHUB_REPOSITORY`, and where they are set `GITHUB_API_URL`,
            `GITHUB_EVENT_PATH` and `GITHUB_REF`.
        number: The pull request's, where the job does not know it.

    Raises:
        InputError: Something of this is missing.
    """
    repository = environment.get("GITHUB_REPOSITORY", "")
    if not _REPOSITORY.fullmatch(repository):
        raise InputError("GITHUB_REPOSITORY names no repository; set it to owner/name")
    found = number or _number_of(environment)
    if found is None:
        raise InputError("this job runs for no pull request; name one with --number")
    token = Token.of(environment, "GITHUB_TOKEN", "GH_TOKEN")
    server = RestServer(environment.get("GITHUB_API_URL") or API, token, HEADERS, rights=RIGHTS)
    return PullRequest(server, repository, found)


def page_of_job(environment: Mapping[str, str]) -> str | None:
    """The address of the page of the running workflow, where its artifacts are found."""
    parts = [environment.get(name) for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
    return f"{parts[0]}/{parts[1]}/actions/runs/{parts[2]}" if all(parts) else None


def write_step_summary(text: str, environment: Mapping[str, str]) -> None:
    """Add Markdown to the page of the running job, where it has one.

    Raises:
        InputError: Its file cannot be written.
    """
    file = environment.get("GITHUB_STEP_SUMMARY")
    if not file:
        return
    try:
        with Path(file).open("a", encoding="utf-8") as summary:
            summary.write(f"{text}\n")
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror}); check GITHUB_STEP_SUMMARY", file=file) from error


def _number_of(environment: Mapping[str, str]) -> int | None:
    """From the event that started the job, or from the name of the branch that it has checked out."""
    try:
        event = json.loads(Path(environment.get("GITHUB_EVENT_PATH") or "").read_bytes())
    except (OSError, ValueError):
        event = None
    if isinstance(event, dict):
        issue = event.get("issue") or {}
        of_issue = issue if "pull_request" in issue else {}  # else it is an issue that is no pull request
        number = (event.get("pull_request") or of_issue).get("number")
        if isinstance(number, int):
            return number
    match = re.fullmatch(r"refs/pull/(\d+)/\w+", environment.get("GITHUB_REF", ""))
    return int(match[1]) if match else None
