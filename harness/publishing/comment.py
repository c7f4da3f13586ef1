"""The one comment of a pull or merge request that tells of a run: written once, brought up to date ever after."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from suites.userfile import InputError


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of our own that is there already."""

    id: int
    text: str


@dataclass(frozen=True, slots=True)
class Posted:
    """What was done."""

    url: str
    was_there: bool


class Discussion(Protocol):
    """The comments of one pull or merge request."""

    def own_comments(self) -> Iterable[Comment]:
        """The comments that this token wrote, oldest first; never another's, which must not be overwritten."""

    def add(self, text: str) -> str:
        """Write a comment; returns its address."""

    def replace(self, comment: Comment, text: str) -> str:
        """Write a comment anew; returns its address."""


def put_comment(discussion: Discussion, key: str, text: str) -> Posted:
    """Write the comment of a key, or replace the one that is there.

    Args:
        discussion: Where.
        key: Tells comments apart where several suites comment on one pull request: the suite's name.
        text: Markdown.

    Raises:
        InputError: The server cannot be reached, or refuses.
    """
    marker = f"<!-- rejoinder {re.sub(r'[^A-Za-z0-9_.]', '_', key)} -->"
    body = f"{marker}\n{text}"
    for comment in discussion.own_comments():
        if comment.text.startswith(marker):
            return Posted(discussion.replace(comment, body), was_there=True)
    return Posted(discussion.add(body), was_there=False)


def comment_of(found: dict[str, object]) -> Comment:
    """A comment as GitHub and GitLab both tell of it.

    Raises:
        InputError: It has no number or no text.
    """
    number, text = found.get("id"), found.get("body")
    if not isinstance(number, int) or not isinstance(text, str | None):
        raise InputError("the server tells of a comment without number or text; is the address its REST interface?")
    return Comment(number, text or "")
