"""Whatever a file holds, reading it gives dialogues or an `InputError`, never another exception."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from made_suites import dialogue, target, turn

from suites.checking import check_suite
from suites.dialogue import Dialogue, Expectation, Message, Target
from suites.loading import load_suite
from suites.summary import summarise
from suites.userfile import InputError, parse_line

HEADER = b"""schema: 1
name: fuzzed
version: "1"
language: en
system: "You are a barista."
targets: marked
held_out: held_out.jsonl
train: train.jsonl
personas:
  june: &june {name: June, description: d, facts: [a, b], samples: ["Ahoy: x"]}
  jane: *june
"""
TALK = dialogue(
    "d",
    turn("user", "Two lattes"),
    target("Which size?", "How large?", act="clarify", missing=[["size", "large"]], order=[{"item": "latte"}]),
    turn("user", "Large, what is left?"),
    turn("assistant", "", tool_calls=[{"id": "c", "function": {"name": "f", "arguments": "{}"}}]),
    turn("tool", "{}", tool_call_id="c"),
    tags=["a"],
    facts=["No milk"],
    persona="june",
)
LINE = json.dumps(TALK).encode()

FUZZ = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

_TRICKY = st.sampled_from(
    (
        rb"""{ } [ ] : - &a *a <<: !!int !!python/name:os ? | > % @ ~ .nan 1e999 0x_ 1:2 NaN \ud800 = no null ' " """
        b"99999999999999999999999999999999999999999999999999 2024-01-01 --- ..."
    ).split()
    + "\0 \ufeff \r \n \t \u2028".encode().split(b" ")
    + [b"\xff", b" - ", b"\n---\n"]
)


@st.composite
def mutated(draw: st.DrawFn, text: bytes) -> bytes:
    """`text` with a few pieces cut out, doubled, or replaced by tricky bytes."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 20)))
        piece = draw(st.one_of(_TRICKY, st.binary(max_size=4), st.just(text[start:end] * 2), st.just(b"")))
        text = text[:start] + piece + text[end:]
    return text


def use(folder: Path, header: bytes = HEADER, held_out: bytes = LINE, train: bytes = LINE) -> None:
    """Do with a suite all that can be done with it."""
    (folder / "suite.yaml").write_bytes(header)
    (folder / "held_out.jsonl").write_bytes(held_out)
    (folder / "train.jsonl").write_bytes(train)
    try:
        suite = load_suite(folder)
    except InputError as error:
        assert str(error).isprintable()
        return
    for finding in check_suite(suite):
        assert str(finding).isprintable()
        finding.model_dump_json()
    try:
        summarise(suite).model_dump_json()
        suite.content_hash()
    except InputError as error:
        assert str(error).isprintable()


@FUZZ
@given(data=st.binary(max_size=200))
@example(b"a: !!float x")
@example(b"? !!null x\n: 1")
@example(b"&a [*a]")
def test_any_bytes_as_a_header(tmp_path: Path, data: bytes) -> None:
    use(tmp_path, header=data)


@FUZZ
@given(data=st.lists(st.binary(max_size=60), max_size=4).map(b"\n".join))
def test_any_bytes_as_dialogues(tmp_path: Path, data: bytes) -> None:
    use(tmp_path, held_out=data, train=data)


@FUZZ
@given(data=mutated(HEADER))
def test_a_header_gone_wrong(tmp_path: Path, data: bytes) -> None:
    use(tmp_path, header=data)


@FUZZ
@given(held_out=mutated(LINE), train=mutated(LINE + b"\n" + LINE.replace(b'"d"', b'"e"')))
def test_dialogues_gone_wrong(tmp_path: Path, held_out: bytes, train: bytes) -> None:
    use(tmp_path, held_out=held_out, train=train)


_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["user", "assistant"])
)
_FIELDS = [*Dialogue.model_fields, *Message.model_fields, *Target.model_fields, *Expectation.model_fields, "item"]
_NAMES = st.text(max_size=4) | st.sampled_from(_FIELDS)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4), max_leaves=12
)


@st.composite
def with_a_wrong_value(draw: st.DrawFn) -> Any:
    """A good dialogue with one value anywhere inside it replaced by any other."""
    talk = json.loads(LINE)
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        for key in value if isinstance(value, dict) else range(len(value)):
            places.append((value, key))
            if isinstance(value[key], dict | list):
                walk(value[key])

    walk(talk)
    inside, key = draw(st.sampled_from(places))
    inside[key] = draw(_VALUES)
    return talk


@FUZZ
@given(value=_VALUES | with_a_wrong_value())
def test_any_json_value_as_a_dialogue(tmp_path: Path, value: Any) -> None:
    line = json.dumps(value).encode()
    use(tmp_path, held_out=line, train=line)


@FUZZ
@given(value=_VALUES)
def test_any_json_value_as_a_header(tmp_path: Path, value: Any) -> None:
    use(tmp_path, header=json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))


@FUZZ
@given(value=with_a_wrong_value())
def test_the_named_field_is_where_the_fault_is(value: Any) -> None:
    """Every path in a sentence leads into the data, but for its last step if that is what is missing."""
    try:
        parse_line(Dialogue, value, Path("x.jsonl"), 1)
    except InputError as error:
        inside = value
        for step in error.field_path[:-1]:
            inside = inside[step]
        if "is missing" not in error.problem and error.field_path:
            inside[error.field_path[-1]]


def test_the_files_that_the_fuzz_starts_from_are_good(tmp_path: Path) -> None:
    use(tmp_path)
    assert [finding.check for finding in check_suite(load_suite(tmp_path))] == [
        "leaked_dialogue",
        "leaking_dialogues",
        "few_replies",
    ]
