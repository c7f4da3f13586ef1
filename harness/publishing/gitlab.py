"""GitLab: the notes of a merge request, and what a job of GitLab CI knows of itself.

Source: https://docs.gitlab.com/api/notes and "Predefined CI/CD variables".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from harness.publishing.comment import Comment, comment_of
from harness.publishing.rest import RestServer, Token
from suites.userfile import InputError

API: Final = "https://gitlab.com/api/v4"
RIGHTS: Final = "the scope `api` and the role Reporter or higher (a job's own CI_JOB_TOKEN cannot write notes)"


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """One merge request."""

    server: RestServer
    project: str
    """Its number, or its path: `group/name`."""
    number: int
    """Within the project (`iid`)."""
    page: str = ""
    """Where people read it."""

    def own_comments(self) -> Iterator[Comment]:
        """See `Discussion`."""
        name = self.server.ask("GET", "user").get("username")
        for found in self.server.all_of(f"{self._path}?per_page=100&sort=asc&order_by=created_at"):
            author = found.get("author") or {}
            if name and author.get("username") == name and not found.get("system"):
                yield comment_of(found)

    def add(self, text: str) -> str:
        """See `Discussion`."""
        return self._page_of(comment_of(self.server.ask("POST", self._path, {"body": text})))

    def replace(self, comment: Comment, text: str) -> str:
        """See `Discussion`."""
        return self._page_of(comment_of(self.server.ask("PUT", f"{self._path}/{comment.id}", {"body": text})))

    @property
    def _path(self) -> str:
        return f"projects/{quote(self.project, safe='')}/merge_requests/{self.number}/notes"

    def _page_of(self, comment: Comment) -> str:
        return f"{self.page}#note_{comment.id}" if self.page else ""


def merge_request_of(environment: Mapping[str, str], number: int | None = None) -> MergeRequest:
    """The merge request that a job runs for. Nothing is asked yet.

    Args:
        environment: Of the job: `GITLAB_TOKEN`, `CI_PROJECT_ID`, and where they are set `CI_API_V4_URL`,
            `CI_MERGE_REQUEST_IID` and `CI_MERGE_REQUEST_PROJECT_URL`.
        number: The merge request's, where the job does not know it.

    Raises:
        InputError: Something of this is missing.
    """
    project = environment.get("CI_MERGE_REQUEST_PROJECT_ID") or environment.get("CI_PROJECT_ID")
    if not project:
        raise InputError("CI_PROJECT_ID names no project; set it to its number or to group/name")
    told = environment.get("CI_MERGE_REQUEST_IID", "")
    found = number or (int(told) if told.isdecimal() else None)
    if found is None:
        raise InputError("this job runs for no merge request; name one with --number")
    token = Token.of(environment, "GITLAB_TOKEN")
    server = RestServer(environment.get("CI_API_V4_URL") or API, token, rights=RIGHTS)
    address = environment.get("CI_MERGE_REQUEST_PROJECT_URL")
    return MergeRequest(server, project, found, f"{address}/-/merge_requests/{found}" if address else "")


def page_of_job(environment: Mapping[str, str]) -> str | None:
    """The address where the artifacts of the running job are found."""
    job = environment.get("CI_JOB_URL")
    return f"{job}/artifacts/browse" if job else None
