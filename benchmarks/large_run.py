"""A run folder of any size with plausible values and texts, written without a loop over rows. Derived tables only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from reports.tables import CASES, REPLIES, RESULTS

CANDIDATES: Final = ("base", "order_taker", "june")
SKILL: Final = np.array([0.6, 0.85, 0.75])
TURNS: Final = 3
JUDGES: Final = ("correctness", "appropriateness", "style", "leads_dialogue")
KINDS: Final = {
    "act": "act",
    "check.mentions": "check",
    "check.avoids": "check",
    "check.order": "check",
    **dict.fromkeys(JUDGES, "judge"),
}
"""Measure to kind."""

_ACTS = ("clarify", "confirm", "inform", "refuse", "chat")
_TAGS = tuple(f"tag_{number}" for number in range(12))
_ROWS_A_GROUP = 5_000
_DRINKS = ("latte", "mocha", "flat white", "espresso", "hot chocolate", "tea")
_REPLIES = (
    "So that is {} large {} and a croissant for table {}. Anything else?",
    "Which size would you like for your {} {}, and which milk? I have you down as number {}.",
    "We are out of {} today, I am afraid; may I offer you a {} in its place? Ticket {}.",
    "Good morning, and welcome to the harbour. {} {} it is; please wait at counter {}.",
)


def write_large_run(folder: Path, cases: int, seed: int = 0) -> Path:
    """Write the manifest and the tables of a run of three candidates and eight measures."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(seed)
    ids = pa.array([f"d{i // TURNS:06}#{2 * (i % TURNS) + 1}" for i in range(cases)])
    _write_json(folder / "manifest.json", _manifest())
    _write_json(folder / "measures.json", [_measure(name, kind) for name, kind in KINDS.items()])
    _write_cases(folder / "cases.parquet", ids)
    good = generator.random((cases, len(CANDIDATES))) < SKILL
    _write_replies(folder / "replies.parquet", ids, generator)
    _write_results(folder / "results.parquet", ids, good, generator)
    return folder


def _manifest() -> dict[str, Any]:
    return {
        "schema": 1,
        "run": "large",
        "suite": {"name": "large", "version": "1", "language": "en", "hash": "0" * 64, "path": "large"},
        "candidates": {name: {"settings": {}} for name in CANDIDATES},
        "baseline": CANDIDATES[0],
        "started": "2026-01-01T00:00:00+00:00",
        "finished": "2026-01-01T01:00:00+00:00",
        "status": "complete",
        "signature": "large",
        "versions": {},
        "hardware": "made up",
        "git_commit": None,
        "seeds": [0],
        "spec": {},
    }


def _measure(name: str, kind: str) -> dict[str, Any]:
    return {
        "name": name,
        "title": name,
        "description": "Made up.",
        "kind": kind,
        "scale": [0, 1],
        "higher_is_better": True,
        "signature": "made up",
        "corpus": {},
    }


def _write_cases(path: Path, ids: pa.Array) -> None:
    numbers = range(len(ids))
    messages = [
        json.dumps(
            [
                {"role": "system", "content": "You are the barista at Harbour Coffee. Ask for what is missing."},
                {"role": "user", "content": f"A {_DRINKS[i % 6]} for table {i}, please, and whatever is fresh today."},
            ]
        )
        for i in numbers
    ]
    columns = {
        "case_id": ids,
        "dialogue_id": pa.array([f"d{i // TURNS:06}" for i in numbers]),
        "turn": pa.array([2 * (i % TURNS) + 1 for i in numbers], pa.int32()),
        "language": pa.array(["en"] * len(ids)),
        "tags": pa.array([[_TAGS[i % 12], _TAGS[i // TURNS % 5]] for i in numbers]),
        "act": pa.array([_ACTS[i % 5] for i in numbers]),
        "context_characters": pa.array([120 + i % 400 for i in numbers], pa.int32()),
        "messages": pa.array(messages),
        "references": pa.array([[f"Certainly, one {_DRINKS[i % 6]}. Which size?"] for i in numbers]),
        "expectation": pa.array(['{"must_mention": ["size"]}'] * len(ids)),
    }
    _write(path, CASES, columns)


def _write_replies(path: Path, ids: pa.Array, generator: np.random.Generator) -> None:
    rows = len(ids) * len(CANDIDATES)
    drawn = generator.integers(0, 1_000, (rows, 3)).tolist()
    columns = {
        **_places(ids),
        "status": _named(["ok"], np.zeros(rows, np.int64)),
        "text": pa.array([_REPLIES[a % 4].format(_DRINKS[a % 6], _DRINKS[b % 6], c) for a, b, c in drawn]),
        "finish_reason": _named(["stop"], np.zeros(rows, np.int64)),
        "prompt_tokens": pa.array(generator.integers(50, 400, rows).astype(np.int32)),
        "completion_tokens": pa.array(generator.integers(5, 60, rows).astype(np.int32)),
        "latency_s": pa.array(generator.gamma(4, 0.1, rows)),
    }
    _write(path, REPLIES, columns)


def _write_results(path: Path, ids: pa.Array, good: npt.NDArray[np.bool_], generator: np.random.Generator) -> None:
    """The rows of a reply stand together, and the replies to a case, as a run writes them."""
    rows = good.size * len(KINDS)
    measure = np.tile(np.arange(len(KINDS)), good.size)
    is_good = np.repeat(good.ravel(), len(KINDS))
    kinds = np.array(list(KINDS.values()))[measure]
    value = np.where(
        kinds == "judge", generator.beta(np.where(is_good, 8, 2), 3), is_good | (generator.random(rows) < 0.4)
    )
    unparsed = (kinds == "judge") & (generator.random(rows) < 0.01)
    due = np.repeat(np.arange(len(ids)) % 5, len(CANDIDATES) * len(KINDS))
    done = np.where(value == 1, due, (due + 1 + generator.integers(0, 4, rows)) % 5)
    labels = np.where(kinds == "act", done, np.where((measure == 3) & (value < 1), 5 + np.arange(rows) % 2, -1))
    places = {
        name: column.take(pa.array(np.repeat(np.arange(good.size), len(KINDS))))
        for name, column in _places(ids).items()
    }
    columns = {
        **places,
        "dialogue_id": _dialogues_of(places["case_id"]),
        "measure": _named(list(KINDS), measure),
        "status": _named(["ok", "unparsed"], unparsed.astype(np.int64)),
        "value": pa.array(np.where(unparsed, 0.0, value.astype(np.float64)), mask=unparsed),
        "label": _named([*_ACTS, "not named", "wrong quantity"], labels),
        "reason": _named(["", "the reply passes over what the customer has still to say"], (~is_good).astype(np.int64)),
    }
    _write(path, RESULTS, columns)


def _places(ids: pa.Array) -> dict[str, pa.Array]:
    """Case, candidate and seed of every reply, the replies to a case next to each other."""
    cases, candidates = len(ids), len(CANDIDATES)
    return {
        "case_id": pa.DictionaryArray.from_arrays(
            pa.array(np.repeat(np.arange(cases), candidates).astype(np.int32)), ids
        ),
        "candidate": _named(list(CANDIDATES), np.tile(np.arange(candidates), cases)),
        "seed": pa.array(np.zeros(cases * candidates, np.int32)),
    }


def _dialogues_of(case_ids: pa.DictionaryArray) -> pa.DictionaryArray:
    """The dialogues of some cases."""
    dialogues = pa.array([name.partition("#")[0] for name in case_ids.dictionary.to_pylist()])
    return pa.DictionaryArray.from_arrays(case_ids.indices, dialogues)


def _named(names: list[str], numbers: npt.NDArray[np.int64]) -> pa.DictionaryArray:
    """Names by their numbers; null where the number is negative."""
    return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32), mask=numbers < 0), pa.array(names))


def _write(path: Path, schema: pa.Schema, columns: dict[str, Any]) -> None:
    rows = len(columns["case_id"])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, rows, _ROWS_A_GROUP):
            part = {name: column.slice(start, _ROWS_A_GROUP) for name, column in columns.items()}
            size = len(part["case_id"])
            table = [_as(part.get(field.name), field.type, size) for field in schema]
            writer.write_table(pa.table(table, schema=schema), row_group_size=_ROWS_A_GROUP)


def _as(column: pa.Array | None, kind: pa.DataType, size: int) -> pa.Array:
    if column is None:
        return pa.nulls(size, kind)
    if pa.types.is_dictionary(column.type):
        plain = column.dictionary_decode()
        return plain.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else plain.cast(kind)
    return column.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else column.cast(kind)


def _write_json(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data), encoding="utf-8")
