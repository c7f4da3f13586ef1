"""Whether two runs may be compared: what differs between their suites, references, rubrics and measures, by hash."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, get_args

from reports.errors import ReportError
from reports.tables import CASES, CASES_FILE, RunTables, iterate_columns

Allowed = Literal["suite", "contexts", "references", "rubrics", "judges", "metrics", "hardware"]
"""What may differ between two runs, if a user says so."""

ALLOWED: Final[tuple[Allowed, ...]] = get_args(Allowed)

_SHOWN: Final = 8  # digits of a hash
_CASE_PARTS: Final[dict[Allowed, tuple[str, ...]]] = {
    "contexts": ("messages",),
    "references": ("references", "expectation"),
}


@dataclass(frozen=True, slots=True)
class Unlikeness:
    """One thing that differs."""

    what: Allowed
    sentence: str


def require_alike(ours: RunTables, theirs: RunTables, measures: Collection[str], allow: Collection[Allowed]) -> None:
    """See that a run can be compared with a stored one.

    Args:
        ours: The run to be judged.
        theirs: The stored run.
        measures: Those that are compared.
        allow: What may differ.

    Raises:
        ReportError: Something else differs, or the runs share no case; the error says which hash, and how to allow it.
    """
    shared = set(ours.cases["case_id"].to_pylist()) & set(theirs.cases["case_id"].to_pylist())
    unlike = [*_suites(ours, theirs), *_cases(ours, theirs, shared), *_measures(ours, theirs, measures)]
    refused = [one for one in unlike if one.what not in allow]
    if refused:
        told = "; ".join(one.sentence for one in refused)
        flags = " ".join(f"--allow {what}" for what in dict.fromkeys(one.what for one in refused))
        raise ReportError(
            f"cannot be compared with {theirs.folder}: {told}; make one of the runs again, or allow it with `{flags}`",
            file=ours.folder,
        )
    if not shared:
        raise ReportError(f"shares no case with {theirs.folder}; compare runs of the same dialogues", file=ours.folder)


def _suites(ours: RunTables, theirs: RunTables) -> Iterator[Unlikeness]:
    our, their = ours.manifest.suite, theirs.manifest.suite
    if our.hash != their.hash:
        told = f"{our.name} {our.version}, {our.hash[:_SHOWN]}, against {their.name} {their.version}, {their.hash[:_SHOWN]}"
        yield Unlikeness("suite", f"the suite's hash differs ({told})")


def _cases(ours: RunTables, theirs: RunTables, shared: Collection[str]) -> Iterator[Unlikeness]:
    """What differs in the cases of one name; nothing can where the suites are the same."""
    if ours.manifest.suite.hash == theirs.manifest.suite.hash or not shared:
        return
    for what, columns in _CASE_PARTS.items():
        our, their = (_hashes(run, columns, shared) for run in (ours, theirs))
        differing = [name for name in shared if our[name] != their[name]]
        if differing:
            hashes = f"{_digest(our[n] for n in sorted(our))}, against {_digest(their[n] for n in sorted(their))}"
            count = f"of {len(differing)} of {len(shared)} shared cases"
            yield Unlikeness(what, f"the hash of the {what} {count} differs ({hashes})")


def _hashes(run: RunTables, columns: tuple[str, ...], cases: Collection[str]) -> dict[str, str]:
    hashes = {}
    for batch in iterate_columns(run.folder / CASES_FILE, CASES, ("case_id", *columns)):
        names, *contents = (column.to_pylist() for column in batch.columns)
        for name, *content in zip(names, *contents, strict=True):
            if name in cases:
                hashes[name] = _digest(map(str, content))
    return hashes


def _digest(parts: Iterable[str]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return whole.hexdigest()[:_SHOWN]


def _measures(ours: RunTables, theirs: RunTables, names: Collection[str]) -> Iterator[Unlikeness]:
    stored = {measure.name: measure for measure in theirs.measures}
    for measure in ours.measures:
        if measure.name not in names or measure.name not in stored:
            continue
        our, their = measure.signature, stored[measure.name].signature
        if our != their:
            yield Unlikeness(
                _what_differs(measure.kind, our, their),
                f"'{measure.name}' was measured differently ({our}, against {their})",
            )
    if "latency_s" in names and ours.manifest.hardware != theirs.manifest.hardware:
        told = f"{ours.manifest.hardware}, against {theirs.manifest.hardware}"
        yield Unlikeness("hardware", f"seconds were taken on other hardware ({told})")


def _what_differs(kind: str, ours: str, theirs: str) -> Allowed:
    if kind != "judge":
        return "metrics"
    rubrics = [[part for part in one.split("|") if part.startswith("rubric:")] for one in (ours, theirs)]
    return "rubrics" if rubrics[0] != rubrics[1] else "judges"
