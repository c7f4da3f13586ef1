"""The pairs of replies that a run offers for a blind test, read from its tables. Who sees which is `harness.blind_test.plan`."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

from harness.blind_test.contests import Contest, Contests, persons_of_cases
from harness.blind_test.folder import REAL
from harness.records import digest
from harness.run_folder import Manifest, RunFolder
from reports.pages.text import visible
from reports.tables import CASES, CASES_FILE, REPLIES, REPLIES_FILE, iterate_columns
from suites.cases import Case
from suites.dialogue import Expectation, Message

LeftOut = Literal["no_real_reply", "no_reply", "cut_off", "same"]
"""Why a case gives no pair: the suite has no reply of the person; a candidate failed or said nothing; a reply was cut off at its
token limit, which gives it away; both are the same text, so that nothing can be told."""


_TOLD: Final[dict[LeftOut, str]] = {
    "no_real_reply": "without a reply of the person",
    "no_reply": "without a candidate's reply",
    "cut_off": "cut off at the token limit",
    "same": "both the same",
}


@dataclass(frozen=True, slots=True)
class BlindPair:
    """Two replies to one case."""

    id: str
    """Hash of the case and both texts."""
    contest: Contest
    person: str | None
    """Whose turn it is, where the run says so."""
    case: Case
    """Without references and expectation: neither raters nor judges see them. With the person's card, where there is one."""
    texts: tuple[str, str]
    """The candidate's reply, and the other one."""


@dataclass(frozen=True)
class Material:
    """All pairs of a run in some contests."""

    run: str
    language: str
    pairs: Sequence[BlindPair]
    left_out: Mapping[LeftOut, int]

    @cached_property
    def ids(self) -> frozenset[str]:
        """Of all pairs."""
        return frozenset(pair.id for pair in self.pairs)

    @property
    def told_left_out(self) -> str:
        """How many pairs were left out and why, in words."""
        return ", ".join(f"{count} {_TOLD[reason]}" for reason, count in self.left_out.items()) or "none"


def read_material(folder: RunFolder, contests: Contests) -> Material:
    """The pairs of a run. Of several seeds the first is taken, so that a case has one reply a candidate.

    Raises:
        InputError: It is no run folder.
        ReportError: Its tables are missing or torn.
    """
    manifest = folder.read_manifest()
    persons, cards = persons_of_cases(folder), manifest.suite.personas
    replies = _replies(folder, manifest, contests)
    left_out: Counter[LeftOut] = Counter()
    pairs: list[BlindPair] = []
    for case, real in _cases(folder):
        person = persons.get(case.id)
        seen = case.model_copy(update={"persona": cards.get(person or "")})
        for contest, contexts in contests.items():
            if contexts is not None and person not in contexts:
                continue
            found = _pair(seen, person, contest, replies | {(case.id, REAL): (real, None)})
            if isinstance(found, BlindPair):
                pairs.append(found)
            else:
                left_out[found] += 1
    return Material(manifest.run, manifest.suite.language, pairs, left_out)


_Replies = dict[tuple[str, str], tuple[str, str | None]]
"""(case, candidate) to a reply's text and why it ended."""


def _pair(case: Case, person: str | None, contest: Contest, replies: _Replies) -> BlindPair | LeftOut:
    both = [replies.get((case.id, author), ("", None)) for author in contest]
    texts = levelled(both[0][0]), levelled(both[1][0])
    if contest.against == REAL and not texts[1]:
        return "no_real_reply"
    if not all(texts):
        return "no_reply"
    if any(ended == "length" for _, ended in both):
        return "cut_off"
    if texts[0].split() == texts[1].split():
        return "same"
    return BlindPair(digest("blind pair", case.id, texts), contest, person, case, texts)


def levelled(text: str) -> str:
    """A reply as raters see it, whoever wrote it: one Unicode form, one kind of line end, nothing around it, nothing hidden."""
    lines = visible(unicodedata.normalize("NFC", text)).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def _replies(folder: RunFolder, manifest: Manifest, contests: Contests) -> _Replies:
    wanted, seed = {name for contest in contests for name in contest}, manifest.seeds[0]
    columns = ("case_id", "candidate", "seed", "text", "finish_reason")
    return {
        (row["case_id"], row["candidate"]): (row["text"] or "", row["finish_reason"])
        for batch in iterate_columns(folder.path / REPLIES_FILE, REPLIES, columns)
        for row in batch.to_pylist()
        if row["candidate"] in wanted and row["seed"] == seed
    }


def _cases(folder: RunFolder) -> Iterator[tuple[Case, str]]:
    """Each case, and the person's reply: the turn as it stands in the dialogue."""
    columns = ("case_id", "dialogue_id", "turn", "language", "tags", "messages", "references")
    for batch in iterate_columns(folder.path / CASES_FILE, CASES, columns):
        for row in batch.to_pylist():
            yield _case(row), next(iter(row["references"]), "")


def _case(row: Mapping[str, Any]) -> Case:
    return Case(
        id=row["case_id"],
        dialogue_id=row["dialogue_id"],
        turn=row["turn"],
        messages=tuple(Message.model_validate(message) for message in json.loads(row["messages"])),
        references=(),
        expectation=Expectation(),
        tags=tuple(row["tags"] or ()),
        facts=(),
        language=row["language"],
        persona=None,
    )
