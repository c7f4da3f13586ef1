"""The tables that all reports are made from: their columns, and reading them from a run folder.

A run folder holds `manifest.json` and four derived files:

`results.parquet`, one row a case x candidate x seed x measure (`RESULTS`);
`replies.parquet`, one row a case x candidate x seed (`REPLIES`);
`cases.parquet`, one row a case (`CASES`);
`measures.json`, a list of objects: `name`, `title`, `description`, `kind` (reference, act, check, judge, other),
`scale` ([lowest, highest] or null), `higher_is_better` (true, false, null), `signature`, and `corpus`
(object of candidate name to corpus figure, empty where the corpus figure is the mean).

Dictionary columns become pandas categoricals, so that a million rows stay small.
"""

from __future__ import annotations

import pyarrow as pa

_NAME = pa.dictionary(pa.int32(), pa.string())

RESULTS = pa.schema(
    {
        "case_id": _NAME,
        "dialogue_id": _NAME,
        "candidate": _NAME,
        "seed": pa.int32(),
        "measure": _NAME,
        "status": _NAME,  # ok, unparsed, refused, error, skipped
        "value": pa.float64(),  # null unless status is ok
        "label": _NAME,  # act done, judge's answer; else null
        "reason": pa.string(),
        "statistics": pa.list_(pa.float32()),  # sufficient statistics of corpus metrics; else null
    }
)

REPLIES = pa.schema(
    {
        "case_id": _NAME,
        "candidate": _NAME,
        "seed": pa.int32(),
        "status": _NAME,  # ok, error
        "text": pa.string(),  # null when status is error
        "error": pa.string(),
        "finish_reason": _NAME,
        "prompt_tokens": pa.int32(),
        "completion_tokens": pa.int32(),
        "latency_s": pa.float64(),
    }
)

CASES = pa.schema(
    {
        "case_id": pa.string(),
        "dialogue_id": pa.string(),
        "turn": pa.int32(),
        "language": _NAME,
        "tags": pa.list_(pa.string()),
        "act": _NAME,  # the dialogue act that is due; null where none is stated
        "messages": pa.string(),  # JSON list of {role, content, ...}: the context, system prompt first
        "references": pa.list_(pa.string()),
        "expectation": pa.string(),  # JSON object
    }
)
