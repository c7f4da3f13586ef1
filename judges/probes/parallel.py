"""The same cases in English and Russian, with the same reply to each: what a judge makes of the language alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from judges.rubrics.rubric import RubricExample
from suites.cases import Case
from suites.dialogue import UserWritten
from suites.userfile import read_yaml

_FILE = Path(__file__).with_name("parallel.yaml")


class ParallelReply(UserWritten):
    """One reply to one case, in both languages."""

    en: RubricExample
    ru: RubricExample

    def cases(self, number: int) -> tuple[tuple[Case, str], tuple[Case, str]]:
        """(case, reply) in English and in Russian; both cases have the same id."""
        name = f"parallel.{number}"
        return (self.en.case(name, "en"), self.en.reply), (self.ru.case(name, "ru"), self.ru.reply)


class _ParallelReplies(UserWritten):
    replies: Annotated[tuple[ParallelReply, ...], Field(min_length=1)]


def parallel_replies() -> tuple[ParallelReply, ...]:
    """All that Rejoinder brings."""
    return read_yaml(_FILE).parse(_ParallelReplies).replies
