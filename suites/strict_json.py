"""JSON text as plain data, stricter than Python's reader: nothing that could not be written back, nothing read twice.

Nothing here reads files (see `suites.userfile`).
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from suites.faults import TextFault

MAX_DEPTH = 100
"""Levels of lists and groups inside each other."""
MAX_NUMBER_LENGTH = 40
"""Digits of a whole number."""

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse_json(text: str) -> Any:
    """The value of a JSON text (RFC 8259).

    Raises:
        TextFault: The text is not JSON, repeats a name, is nested too deeply, or holds a number that is not finite or
            half of a surrogate pair.
    """
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_finite_number,
            parse_int=_whole_number,
        )
        if _ESCAPED_SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise TextFault(f"is not JSON: {error.msg} (column {error.colno})") from None
    except UnicodeEncodeError:
        raise TextFault(r"holds half of a surrogate pair (\ud800 to \udfff), which is no character") from None
    except RecursionError:
        raise _too_deep() from None
    if _is_deeper_than(MAX_DEPTH, value, text):
        raise _too_deep()
    return value


def _too_deep() -> TextFault:
    return TextFault(f"is nested more than {MAX_DEPTH} levels deep")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise TextFault("is given twice", field=(name,))
        fields[name] = value
    return fields


def _refuse_constant(name: str) -> Any:
    raise TextFault(f"is not JSON: {name} is no number")


def _finite_number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise TextFault(f"holds the number {text[:MAX_NUMBER_LENGTH]}, which is too large")
    return number


def _whole_number(text: str) -> int:
    if len(text) > MAX_NUMBER_LENGTH:
        raise TextFault(f"holds a number of {len(text):,} digits; at most {MAX_NUMBER_LENGTH} are read")
    return int(text)


def _is_deeper_than(limit: int, value: Any, text: str) -> bool:
    """Whether lists and groups stand more than `limit` deep inside each other in `value`, which `text` holds."""
    if text.count("[") + text.count("{") <= limit:  # true of nearly every line, and fast
        return False
    level = [value]
    for _ in range(limit + 1):
        level = [inner for outer in level for inner in _elements(outer)]
    return bool(level)


def _elements(value: Any) -> list[Any]:
    match value:
        case dict():
            return list(value.values())
        case list():
            return value
        case _:
            return []
