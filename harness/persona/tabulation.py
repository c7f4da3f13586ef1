"""Building the persona tables of `reports.persona.tables` from a run's replies, its real replies and its records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from harness.blind_test.folder import BlindFolder
from harness.blind_test.sheets import judged_pairs
from harness.persona.attribution import Attribution
from harness.persona.persons import PersonReply, read_person_replies
from harness.persona.records import PerplexityRecord, ScoredSlot
from harness.persona.style.richness import richness_of
from harness.persona.style.style import style_of
from harness.run_folder import RunFolder
from reports.persona.tables import (
    BLIND_JUDGES,
    BLIND_JUDGES_FILE,
    NOBODY,
    PERPLEXITIES,
    PERPLEXITIES_FILE,
    PERSONA,
    PERSONA_FILE,
)

LIKENESS, LEAD, PROBABILITY, ATTRIBUTED = "likeness", "lead", "probability", "attributed"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Text:
    """One reply, real or generated, and whose turn it takes."""

    turn: PersonReply
    candidate: str | None
    seed: int | None
    text: str

    def row(self, measure: str, against: str | None, units: tuple[float, float, float]) -> Row:
        """A row of the persona table; `units` are their count, total and sum of squares."""
        turn = self.turn
        return {
            "candidate": self.candidate,
            "person": turn.person,
            "half": turn.half,
            "dialogue_id": turn.dialogue_id,
            "case_id": turn.case_id,
            "seed": self.seed,
            "measure": measure,
            "against": against,
            **dict(zip(("count", "total", "squares"), units, strict=True)),
        }


def write_persona_tables(folder: RunFolder) -> None:
    """Write `persona.parquet`, `perplexities.parquet` where any were asked for, and `blind_judges.parquet` where a judge has
    taken the blind test; nothing in a run without persona section.

    `replies.parquet` and `cases.parquet` have to be there.

    Raises:
        InputError: The judges' answers cannot be read.
        ReportError: The run's tables are missing or torn.
    """
    turns = read_person_replies(folder.path)
    if not turns:
        return
    texts = [*_real(turns), *_generated(folder.path / "replies.parquet", turns)]
    _write(folder.path / PERSONA_FILE, PERSONA, [*_style_rows(texts), *_authorship_rows(texts, Attribution(turns))])
    if folder.perplexities.path.exists():
        _write(folder.path / PERPLEXITIES_FILE, PERPLEXITIES, list(_perplexity_rows(folder, turns)))
    if BlindFolder(folder.path).verdicts.path.exists():
        _write(folder.path / BLIND_JUDGES_FILE, BLIND_JUDGES, list(_blind_rows(folder)))


def _real(turns: Sequence[PersonReply]) -> Iterator[_Text]:
    return (_Text(turn, None, None, turn.text) for turn in turns if turn.text is not None)


def _generated(file: Path, turns: Sequence[PersonReply]) -> Iterator[_Text]:
    """The candidates' replies, each candidate's in the suite's order."""
    held_out = {turn.case_id: turn for turn in turns if turn.half == "held_out"}
    place = {case_id: number for number, case_id in enumerate(held_out)}
    rows = pq.read_table(file, columns=["case_id", "candidate", "seed", "text"]).to_pylist()
    rows.sort(key=lambda row: (row["candidate"], row["seed"], place.get(row["case_id"], -1)))
    for row in rows:
        if row["text"] is not None and row["case_id"] in held_out:
            yield _Text(held_out[row["case_id"]], row["candidate"], row["seed"], row["text"])


def _style_rows(texts: Sequence[_Text]) -> Iterator[Row]:
    for one in texts:
        for found in style_of(one.text, one.turn.language):
            if found.count:
                yield one.row(found.measure, None, (found.count, found.total, found.squares))
    chains: dict[tuple[str | None, int | None, str, str | None], list[_Text]] = {}
    for one in texts:
        chains.setdefault((one.candidate, one.seed, one.turn.half, one.turn.person), []).append(one)
    for chain in chains.values():
        for one, found in zip(chain, richness_of([link.text for link in chain]), strict=True):
            if found.count:
                yield one.row(found.measure, None, (found.count, found.total, found.squares))


def _authorship_rows(texts: Sequence[_Text], attribution: Attribution) -> Iterator[Row]:
    """Likeness and attribution of what was not learned from: the candidates' replies and the real held-out ones."""
    new = [one for one in texts if one.turn.half == "held_out"]
    plain = [one.text for one in new]
    likeness, probabilities = attribution.likeness(plain), attribution.probabilities(plain)
    persons = attribution.persons
    for number, one in enumerate(new):
        cosines = dict(zip(persons, likeness[number].tolist(), strict=True))
        for person, cosine in cosines.items():
            yield _value(one, LIKENESS, person, cosine)
            others = [value for name, value in cosines.items() if name != person]
            if others:
                yield _value(one, LEAD, person, cosine - max(others))
        if probabilities is not None:
            own = probabilities[number]
            for place, person in enumerate(persons):
                yield _value(one, PROBABILITY, person, float(own[place]))
                yield _value(one, ATTRIBUTED, person, float(place == own.argmax()))


def _value(one: _Text, measure: str, against: str, value: float) -> Row:
    return one.row(measure, against, (1.0, value, value**2))


def _perplexity_rows(folder: RunFolder, turns: Sequence[PersonReply]) -> Iterator[Row]:
    turn_of = {(turn.half, turn.case_id): turn for turn in turns}
    last: dict[ScoredSlot, PerplexityRecord] = {record.slot: record for record in folder.perplexities.records()}
    for record in last.values():
        turn = turn_of.get((record.half, record.case_id))
        if turn is not None:
            yield {
                **record.model_dump(include={"candidate", "half", "case_id", "status", "error", "tokens", "logprobs"}),
                "person": turn.person or NOBODY,
                "dialogue_id": turn.dialogue_id,
            }


def _blind_rows(folder: RunFolder) -> Iterator[Row]:
    for one in judged_pairs(folder):
        row = one._asdict()
        taken = row.pop("taken")
        yield {**row, "count": 1.0, "total": taken, "squares": taken**2}


def _write(file: Path, schema: pa.Schema, rows: list[Row]) -> None:
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        plain = pa.schema([(field.name, _plain(field.type)) for field in schema])
        pq.write_table(pa.Table.from_pylist(rows, plain).cast(schema), unfinished, compression="zstd")
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind
