"""The persona tables of a run folder: their columns, and reading them.

`person_replies.parquet`, one row a real turn (`PERSON_REPLIES`), is written when the run starts; the others are derived:
`persona.parquet`, one row a reply x measure x person it is held against (`PERSONA`), of the candidates' replies and of the
real ones; `perplexities.parquet`, one row a real reply x candidate (`PERPLEXITIES`); `blind_judges.parquet`, one row a pair of
replies x judge model (`BLIND_JUDGES`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from reports.tables import RunTables, read_columns

_NAME = pa.dictionary(pa.int32(), pa.string())

PERSON_REPLIES: Final = pa.schema(
    {
        "person": _NAME,  # null in dialogues that are no persona's
        "half": _NAME,  # train, held_out
        "dialogue_id": pa.string(),
        "case_id": pa.string(),
        "language": _NAME,
        "text": pa.string(),  # null where the suite has no words for this turn
    }
)

PERSONA: Final = pa.schema(
    {
        "candidate": _NAME,  # null: what the person really said
        "person": _NAME,  # whose turn it is; null in dialogues that are no persona's
        "half": _NAME,  # train, held_out
        "dialogue_id": _NAME,
        "case_id": _NAME,
        "seed": pa.int32(),  # null for what was really said
        "measure": _NAME,  # a style measure, likeness, likelier or attributed
        "against": _NAME,  # the person that the reply is held against; null for style measures
        "count": pa.float64(),  # how many units the total is over: 1 for a measure of the reply, else sentences, words, …
        "total": pa.float64(),
        "squares": pa.float64(),  # sum of the squares over the units
    }
)

PERPLEXITIES: Final = pa.schema(
    {
        "candidate": _NAME,
        "person": _NAME,
        "half": _NAME,
        "dialogue_id": _NAME,
        "case_id": _NAME,
        "status": _NAME,  # ok, error
        "error": pa.string(),
        "tokens": pa.string(),  # hash of the reply's tokens: equal where two candidates were scored on the same ones
        "logprobs": pa.list_(pa.float64()),  # natural logarithms, one a token of the reply; null when status is error
    }
)

BLIND_JUDGES: Final = pa.schema(
    {
        "judge": _NAME,  # the model and its rubric
        "candidate": _NAME,
        "person": _NAME,
        "dialogue_id": _NAME,
        "case_id": _NAME,
        "count": pa.float64(),  # 1
        "total": pa.float64(),  # 1 where the candidate's reply was taken for the person's, 0.5 where it turned with the order
        "squares": pa.float64(),
    }
)

PERSON_REPLIES_FILE: Final = "person_replies.parquet"
PERSONA_FILE: Final = "persona.parquet"
PERPLEXITIES_FILE: Final = "perplexities.parquet"
BLIND_JUDGES_FILE: Final = "blind_judges.parquet"

NOBODY: Final = ""
"""Stands for the author of dialogues that are no persona's, where a name is needed."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PersonaTables:
    """The persona tables of one run as rows."""

    replies: list[Row]
    """Columns of `PERSON_REPLIES` but the text."""
    measured: list[Row]
    """Columns of `PERSONA`, with `NOBODY` for no person."""
    perplexities: list[Row]
    """Columns of `PERPLEXITIES`, with `NOBODY` for no person; empty where none were asked for."""
    blind_judges: list[Row] = field(default_factory=list)
    """Columns of `BLIND_JUDGES`; empty where no judge has taken the blind test."""


def read_persona_tables(tables: RunTables) -> PersonaTables | None:
    """The persona tables of a run; None where the run has no persona section.

    Raises:
        ReportError: A file is torn, or not what this version of Rejoinder writes.
    """
    folder = tables.folder
    if not (folder / PERSONA_FILE).is_file():
        return None
    described = [name for name in PERSON_REPLIES.names if name != "text"]
    has_perplexities = (folder / PERPLEXITIES_FILE).is_file()
    has_judges = (folder / BLIND_JUDGES_FILE).is_file()
    return PersonaTables(
        _rows(folder / PERSON_REPLIES_FILE, PERSON_REPLIES, described),
        _rows(folder / PERSONA_FILE, PERSONA, PERSONA.names),
        _rows(folder / PERPLEXITIES_FILE, PERPLEXITIES, PERPLEXITIES.names) if has_perplexities else [],
        _rows(folder / BLIND_JUDGES_FILE, BLIND_JUDGES, BLIND_JUDGES.names) if has_judges else [],
    )


def _rows(file: Path, schema: pa.Schema, columns: list[str]) -> list[Row]:
    table = read_columns(file, schema, columns)
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*map(_values, table.columns), strict=True)]
    for row in rows:
        row["person"] = row["person"] or NOBODY
    return rows


def _values(column: pa.ChunkedArray) -> list[Any]:
    """A column's values; equal names are one object, since they stand in hundreds of thousands of rows."""
    values: list[Any] = []
    for chunk in column.chunks:
        if pa.types.is_dictionary(chunk.type):
            names = chunk.dictionary.to_pylist()
            values += [None if code is None else names[code] for code in chunk.indices.to_pylist()]
        else:
            values += chunk.to_pylist()
    return values
