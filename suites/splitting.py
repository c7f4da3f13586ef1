"""Splitting a suite into a training half and a held-out half, by dialogue and without leaks."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from suites.cases import is_target, name_of_persona
from suites.checking import leaks_of, refuse_leaks
from suites.dialogue import Dialogue, SuiteHeader
from suites.leaks import RUN_LENGTH, dialogue_hash, texts_of
from suites.loading import Suite, load_suite
from suites.new_suite import name_of_folder, new_folder, write_dialogues, write_header
from suites.userfile import InputError

_NEVER = datetime.min.replace(tzinfo=UTC)


class Share(NamedTuple):
    """What of one person went where."""

    train_dialogues: int
    train_replies: int
    held_out_dialogues: int
    held_out_replies: int


class Split(NamedTuple):
    """A suite with two halves."""

    suite: Suite
    shares: Mapping[str | None, Share]
    """By person; None for dialogues without a persona."""
    by_time: Mapping[str | None, bool]
    """By person, whether the latest dialogues were held out; else they were drawn, since one of them has no date."""
    kept_together: int
    """Dialogues that share a reply with another and were put into the same half for it."""
    sharing_runs: int
    """Held-out dialogues that share a run of words with the training half, which is no error."""
    leaks: int
    """Dialogues and replies that both halves share, which was allowed."""


class _Item(NamedTuple):
    """A dialogue, as far as the split needs it."""

    id: str
    person: str | None
    date: datetime | None
    replies: int
    group: int
    """The same for dialogues that must not be parted."""


def split_suite(suite: Suite, folder: Path, *, held_out: float = 0.2, seed: int = 0, allow_leak: bool = False) -> Split:
    """Make a suite with two halves of one with a held-out half only.

    Of each person the latest dialogues are held out if all of that person's are dated, else such as are drawn. Dialogues that
    are the same or share a reply of at least eight words stay in one half.

    Args:
        suite: Its dialogues are all in the held-out half.
        folder: Where the new suite is to be; nothing may be there yet.
        held_out: Share of each person's dialogues to hold out, above 0 and below 1.
        seed: Of the draw.
        allow_leak: Whether to part dialogues that share replies; the suite is marked if there are any.

    Raises:
        InputError: The suite has a training half already, a person has one dialogue only or nothing that could be held
            out, or a file cannot be read or written. Nothing is left behind then.
    """
    if suite.header.train is not None:
        raise suite.document.error("is there: the suite is split already; name the one that it came from", ("train",))
    if not 0 < held_out < 1:
        raise InputError(f"is {held_out:g}; must lie between 0 and 1, as in 0.2", field="--held-out")
    items = list(_items(suite, allow_leak))
    chosen = _chosen(items, suite, held_out, seed)
    header = suite.header.model_copy(
        update={"name": name_of_folder(folder), "held_out": "held_out.jsonl", "train": "train.jsonl"}
    )
    with new_folder(folder) as draft:
        for is_held_out, name in ((True, "held_out.jsonl"), (False, "train.jsonl")):
            write_dialogues((d for d in suite.dialogues() if (d.id in chosen) == is_held_out), draft / name)
        write_header(header, draft)
        made = load_suite(draft)
        leaks = leaks_of(made)
        errors = [leak for leak in leaks if leak.severity == "error"]
        if errors and allow_leak:
            write_header(header.model_copy(update={"allow_leak": True}), draft)
        else:
            refuse_leaks(errors, made, suite.file_of("held_out"))
    return Split(
        load_suite(folder),
        _shares(items, chosen),
        by_time={person: _are_dated(own) for person, own in _by_person(items).items()},
        kept_together=sum(count for count in Counter(item.group for item in items).values() if count > 1),
        sharing_runs=len({leak.line for leak in leaks if leak.check == "leaked_run"}),
        leaks=len(errors),
    )


def _items(suite: Suite, allow_leak: bool) -> Iterator[_Item]:
    """The dialogues with their groups, which are numbered by one of their members."""
    groups = _Groups()
    items = []
    for number, dialogue in enumerate(suite.dialogues()):
        replies = sum(is_target(message, suite.header) for message in dialogue.messages)
        date = dialogue.date
        if date is not None and date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        items.append(_Item(dialogue.id, name_of_persona(dialogue, suite.header), date, replies, number))
        if not allow_leak:
            groups.add(number, dialogue, suite.header)
    for number, item in enumerate(items):
        yield item._replace(group=groups.of(number))


class _Groups:
    """Puts dialogues together that are the same or of which one has a target reply that the other has as any turn."""

    def __init__(self) -> None:
        self._parents: dict[int, int] = {}
        self._dialogues: dict[int, int] = {}
        self._replies: dict[int, int] = {}
        self._turns: defaultdict[int, list[int]] = defaultdict(list)

    def add(self, number: int, dialogue: Dialogue, header: SuiteHeader) -> None:
        """Take in the dialogue with this number."""
        self._join(number, self._dialogues.setdefault(dialogue_hash(dialogue), number))
        for text in texts_of(dialogue, header):
            if len(text.words) < RUN_LENGTH:
                continue
            key = hash(text.words)
            if key in self._replies:
                self._join(number, self._replies[key])
            elif text.is_reply:
                self._replies[key] = number
                for other in self._turns.pop(key, ()):
                    self._join(number, other)
            else:
                self._turns[key].append(number)

    def of(self, number: int) -> int:
        """The group of a dialogue."""
        while (parent := self._parents.get(number, number)) != number:
            number = parent
        return number

    def _join(self, first: int, second: int) -> None:
        first, second = self.of(first), self.of(second)
        if first != second:
            self._parents[max(first, second)] = min(first, second)


def _chosen(items: Sequence[_Item], suite: Suite, share: float, seed: int) -> frozenset[str]:
    """Ids of the dialogues to hold out.

    Raises:
        InputError: Of a person nothing can be held out.
    """
    by_person = _by_person(items)
    if not by_person:
        raise InputError("holds no target, so there is nothing to split for", file=suite.file_of("held_out"))
    quotas: Counter[str | None] = Counter()
    for person, own in by_person.items():
        if len(own) == 1:
            raise InputError(
                f"{_who(person)} one dialogue only ('{own[0].id}'), which cannot be both trained on and held out; add "
                "dialogues, or cut long ones at their pauses with `rejoinder suite import --pause HOURS`",
                file=suite.file_of("held_out"),
            )
        quotas[person] = min(max(round(share * len(own)), 1), len(own) - 1)
    groups: defaultdict[int, list[_Item]] = defaultdict(list)
    for item in items:
        groups[item.group].append(item)
    latest = _latest(by_person, quotas)
    undated = Counter({person: quota for person, quota in quotas.items() if person not in latest})
    held_out = _drawn(groups.values(), latest, undated, seed)
    chosen = frozenset(item.id for group in held_out for item in group)
    for person, own in by_person.items():
        if not any(item.id in chosen for item in own):
            raise InputError(
                f"{_who(person)} no dialogue that could be held out, since all that were to be share replies with the "
                "rest; reword them, or part them with --allow-leak, and every report will say so",
                file=suite.file_of("held_out"),
            )
    return chosen


def _by_person(items: Iterable[_Item]) -> dict[str | None, list[_Item]]:
    """The dialogues that a person replies in."""
    found: dict[str | None, list[_Item]] = {}
    for item in items:
        if item.replies:
            found.setdefault(item.person, []).append(item)
    return found


def _latest(
    by_person: Mapping[str | None, list[_Item]], quotas: Mapping[str | None, int]
) -> dict[str | None, frozenset[str]]:
    """Ids of each person's latest dialogues, of those persons whose dialogues are all dated."""
    return {
        person: frozenset(item.id for item in sorted(own, key=_age)[-quotas[person] :])
        for person, own in by_person.items()
        if _are_dated(own)
    }


def _age(item: _Item) -> tuple[datetime, str]:
    return item.date or _NEVER, item.id


def _drawn(
    groups: Iterable[list[_Item]],
    latest: Mapping[str | None, frozenset[str]],
    quotas: Counter[str | None],
    seed: int,
) -> Iterator[list[_Item]]:
    """Groups of which nothing is older than the latest dialogues of those with dates; in the order of a hash, as long as they
    fit what is drawn of the others.

    Args:
        groups: Dialogues that must not be parted.
        latest: Ids of the latest dialogues of persons whose dialogues are dated.
        quotas: How many dialogues to draw of the other persons.
        seed: Of the draw.
    """
    left = quotas.copy()
    for group in sorted(groups, key=lambda group: hashlib.sha256(f"{seed} {group[0].id}".encode()).digest()):
        with_replies = [item for item in group if item.replies]
        sizes = Counter(item.person for item in with_replies if item.person not in latest)
        are_latest = all(item.id in latest[item.person] for item in with_replies if item.person in latest)
        if with_replies and are_latest and sizes <= left:
            left -= sizes
            yield group


def _who(person: str | None) -> str:
    return f"the persona '{person}' has" if person else "holds"


def _are_dated(items: Iterable[_Item]) -> bool:
    return all(item.date is not None for item in items)


def _shares(items: Iterable[_Item], chosen: frozenset[str]) -> dict[str | None, Share]:
    counts: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
    for item in items:
        half = "held_out" if item.id in chosen else "train"
        counts[item.person].update({f"{half}_dialogues": 1, f"{half}_replies": item.replies})
    return {person: Share(*(count[name] for name in Share._fields)) for person, count in counts.items()}
