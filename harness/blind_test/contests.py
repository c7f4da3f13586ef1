"""What a blind test is made of: whose replies are put beside whose, and in whose contexts. Reading them is `pairs`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from harness.blind_test.folder import REAL
from harness.persona.persons import read_person_replies
from harness.run_folder import Manifest, RunFolder
from reports.persona.roles import imitators_of
from reports.tables import read_manifest
from suites.userfile import InputError, unknown_name


class Contest(NamedTuple):
    """Whose replies are put side by side."""

    candidate: str
    against: str
    """Another candidate, or `REAL`."""


Contests = Mapping[Contest, frozenset[str] | None]
"""In whose contexts each takes place; None: in everybody's."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a test was asked to show."""

    candidates: Sequence[str] = ()
    """Whose replies; all of the run's but the controls' if none is named."""
    against: str | None = None
    """Another candidate in place of the person."""
    persons: Sequence[str] = ()
    """Whose contexts; if nobody is named those of all who are imitated, and where nobody is, everybody's."""


def contests_of(folder: RunFolder, wanted: Wanted) -> Contests:
    """The contests that were asked for; who imitates somebody is shown in that person's contexts alone.

    Raises:
        InputError: It is no run folder, there is no such candidate or person, a candidate is to be shown beside itself or
            has no context to be shown in, or the run does not say whose contexts are whose.
        ReportError: The run's manifest or the table of its real replies is torn.
    """
    manifest = folder.read_manifest()
    known = list(manifest.candidates)
    for option, names in (("--candidate", wanted.candidates), ("--against", filter(None, [wanted.against]))):
        _refuse_unknown(names, known, "candidate of this run", option)
    held_out = set(persons_of_cases(folder).values()) - {None}
    _check_persons(manifest, wanted, held_out)
    left_out = {wanted.against, *_controls(folder, manifest)}
    chosen = list(dict.fromkeys(wanted.candidates)) or [name for name in known if name not in left_out]
    if wanted.against in chosen:
        raise InputError("is the same as --candidate; name two different candidates", field="--against")
    contests = [Contest(name, wanted.against or REAL) for name in chosen]
    if not held_out:
        return dict.fromkeys(contests)
    whom = {name: frozenset(filter(None, [_imitated(manifest, name)])) for name in known} | {REAL: frozenset()}
    persons = frozenset(wanted.persons) or frozenset().union(*(whom[name] for contest in contests for name in contest))
    placed = {contest: _contexts(whom[contest.candidate] | whom[contest.against], persons) for contest in contests}
    for contest, contexts in placed.items():
        if contexts == frozenset() and (wanted.candidates or not any(each != frozenset() for each in placed.values())):
            raise InputError(_without_context(contest, whom), field="--candidate")
    return {contest: contexts for contest, contexts in placed.items() if contexts != frozenset()}


def persons_of_cases(folder: RunFolder) -> dict[str, str | None]:
    """Whose turn each case is, by its id; nothing where the run has no persona section and so does not say."""
    return {one.case_id: one.person for one in read_person_replies(folder.path) if one.half == "held_out"}


def _contexts(imitated: frozenset[str], persons: frozenset[str]) -> frozenset[str] | None:
    """Whose contexts a contest takes place in: of the chosen persons' those of whom its candidates imitate."""
    if not imitated:
        return persons or None
    return imitated & persons if len(imitated) == 1 else frozenset()


def _without_context(contest: Contest, whom: Mapping[str, frozenset[str]]) -> str:
    imitators = {name: min(whom[name]) for name in contest if whom[name]}
    if len(set(imitators.values())) > 1:
        return f"'{contest.candidate}' and '{contest.against}' imitate different persons; name two that imitate the same one"
    ((name, person),) = list(imitators.items())[:1]
    return f"'{name}' imitates '{person}', whose contexts --person leaves out; add --person {person}, or leave --person out"


def _check_persons(manifest: Manifest, wanted: Wanted, held_out: Collection[str | None]) -> None:
    """See that persons can be told apart where that matters."""
    remedy = "add `persona: {}` to its spec and run it again"
    if held_out:
        _refuse_unknown(wanted.persons, sorted(filter(None, held_out)), "person with held-out replies", "--person")
    elif wanted.persons:
        raise InputError(f"the run does not say whose contexts are whose; {remedy}", field="--person")
    elif len(manifest.suite.personas) > 1:
        for name in manifest.candidates:
            if person := _imitated(manifest, name):
                problem = f"'{name}' imitates '{person}', but the run does not say whose contexts are whose; {remedy}"
                raise InputError(problem, field="candidates")


def _refuse_unknown(names: Iterable[str], known: Sequence[str], what: str, option: str) -> None:
    for name in names:
        if name not in known:
            raise InputError(unknown_name(name, known, what), field=option)


def _controls(folder: RunFolder, manifest: Manifest) -> set[str]:
    """Candidates that imitate somebody by a card alone, or with another person's: they test the report, not raters."""
    imitators = {one.candidate for one in imitators_of(read_manifest(folder.path))}
    return {name for name in manifest.candidates if _imitated(manifest, name)} - imitators - {manifest.baseline}


def _imitated(manifest: Manifest, name: str) -> str | None:
    person = manifest.candidates[name].settings.get("imitates")
    return person if isinstance(person, str) else None
