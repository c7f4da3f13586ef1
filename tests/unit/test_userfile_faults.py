"""Faults of files that users write: one sentence each, with file, line and field, and no error but `InputError`."""

from __future__ import annotations

import json
import os
import tracemalloc
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from made_suites import dialogue, make_suite, target, turn
from pydantic import Field

from suites.cases import cases_of
from suites.dialogue import Record
from suites.loading import Suite, load_suite
from suites.userfile import MAX_LINE_BYTES, InputError, iterate_jsonl, parse_line, read_text, read_yaml

HELD_OUT = b'{"id":"d","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Yes?","target":{}}]}\n'
HEADER = b"name: made\nheld_out: held_out.jsonl\n"


def write(folder: Path, header: bytes = HEADER, held_out: bytes = HELD_OUT) -> Path:
    (folder / "held_out.jsonl").write_bytes(held_out)
    (folder / "suite.yaml").write_bytes(header)
    return folder


def sentence_of(folder: Path) -> str:
    """What the user is told on loading the suite in `folder` and reading its dialogues, without the folder's path."""
    with pytest.raises(InputError) as caught:
        list(load_suite(folder).dialogues())
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence.replace(f"{folder}/", "")


BOMB = b"a: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (name, name, b", ".join([b"*%c" % (name - 1)] * 9)) for name in b"bcdefghi"
)


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        pytest.param(b"", "suite.yaml: is empty", id="empty"),
        pytest.param(b"# nothing\n", "suite.yaml: is empty", id="comments only"),
        pytest.param(b"- a\n", "suite.yaml:1: must hold fields (`name: value`), not a list", id="a list"),
        pytest.param(
            HEADER + b"languge: en\n",
            "suite.yaml:3: languge: there is no field 'languge'; did you mean 'language'?",
            id="unknown field",
        ),
        pytest.param(
            b"name: made\nheldout: x\n",
            "suite.yaml:2: heldout: there is no field 'heldout'; did you mean 'held_out'?",
            id="unknown field before the missing one it stands for",
        ),
        pytest.param(b"name: made\n", "suite.yaml:1: held_out: is missing", id="missing field"),
        pytest.param(HEADER + b"name: x\n", "suite.yaml:3: name: is given twice", id="field given twice"),
        pytest.param(
            HEADER + b"language: no\n", "suite.yaml:3: language: is false; must be text in quotes", id="bare no"
        ),
        pytest.param(
            HEADER + b"language: English\n",
            "suite.yaml:3: language: is the text 'English'; must be a language tag such as en, ru or pt-BR",
            id="language",
        ),
        pytest.param(
            HEADER + b"personas:\n  june:\n    name: June\n    description: x\n    facts: [a, 3]\n",
            "suite.yaml:7: personas.june.facts.1: is the number 3; must be text in quotes",
            id="wrong type deep inside",
        ),
        pytest.param(
            HEADER + b"personas:\n  june: {name: June, descripton: x}\n",
            "suite.yaml:4: personas.june.descripton: there is no field 'descripton'; did you mean 'description'?",
            id="unknown field deep inside",
        ),
        pytest.param(
            HEADER + b"personas: {'': {name: June, description: x}}\n",
            "suite.yaml:3: personas.: the name '' must not be empty",
            id="empty name",
        ),
        pytest.param(
            HEADER + b"system: You are: a barista\n",
            "suite.yaml:3: is not YAML: mapping values are not allowed in this context; put text that holds a colon in "
            "quotes",
            id="colon in a text",
        ),
        pytest.param(
            HEADER + b'system: "open\n\n',
            "suite.yaml:5: is not YAML: while scanning a quoted scalar, found unexpected end of stream (begun in line 3)",
            id="open quote",
        ),
        pytest.param(
            HEADER + b"system: \xff\n",
            "suite.yaml:3: byte 0xff is not UTF-8; save the file as UTF-8",
            id="not UTF-8",
        ),
        pytest.param(
            HEADER.decode().encode("utf-16"),
            "suite.yaml:1: byte 0xff is not UTF-8; save the file as UTF-8",
            id="UTF-16",
        ),
        pytest.param(
            HEADER + "system: é\n# ".encode() + b"\0\n",
            "suite.yaml:4: holds the character U+0000, which YAML does not allow",
            id="null byte",
        ),
        pytest.param(
            HEADER + b"system: !!python/object/apply:os.system [id]\n",
            "suite.yaml:3: system: the tag '!!python/object/apply:os.system' is not allowed",
            id="tag",
        ),
        pytest.param(
            HEADER + b"version: .nan\n",
            "suite.yaml:3: version: is the text '.nan'; must be a number of ordinary size; put it in quotes if it is "
            "text",
            id="NaN",
        ),
        pytest.param(
            HEADER + b"schema: " + b"9" * 5000,
            f"suite.yaml:3: schema: is the text '{'9' * 59}…'; must be a number of ordinary size; put it in quotes if it "
            "is text",
            id="huge integer",
        ),
        pytest.param(
            HEADER + b"schema: 1" + b":59" * 100_000,
            f"suite.yaml:3: schema: is the text '1{':59' * 19}:…'; must be a number of ordinary size; put it in quotes "
            "if it is text",
            id="sexagesimal integer",
        ),
        pytest.param(
            HEADER + b"schema: !!int ''\n",
            "suite.yaml:3: schema: is blank; must be a number of ordinary size; put it in quotes if it is text",
            id="tagged nonsense",
        ),
        pytest.param(
            HEADER + b"targets: !!bool maybe\n",
            "suite.yaml:3: targets: is the text 'maybe'; must be true or false",
            id="tagged truth",
        ),
        pytest.param(
            BOMB, "suite.yaml:1: holds more than 200,000 values, counting what aliases repeat", id="YAML bomb"
        ),
        pytest.param(
            HEADER + b"system: &a [*a]\n", "suite.yaml:3: is nested more than 100 levels deep", id="alias of itself"
        ),
        pytest.param(b"[" * 100_000, "suite.yaml:1: is nested more than 100 levels deep", id="deep lists"),
        pytest.param(b"{a: " * 100_000, "suite.yaml:1: is nested more than 100 levels deep", id="deep groups"),
        pytest.param(b"- 1\n" * 210_000, "suite.yaml:200000: holds more than 200,000 values", id="too many values"),
        pytest.param(b"- 1\n" * 900_000, "suite.yaml:400000: holds more than 200,000 values", id="far too many values"),
        pytest.param(b"#" * (5 << 20), "suite.yaml: is longer than 4,194,304 bytes", id="too long"),
        pytest.param(
            b"name: made\nheld_out: ../../etc/passwd\n",
            "suite.yaml:2: held_out: '../../etc/passwd' leads out of the suite's folder; keep the file beside it",
            id="path traversal",
        ),
        pytest.param(
            b"name: made\nheld_out: /etc/passwd\n",
            "suite.yaml:2: held_out: '/etc/passwd' leads out of the suite's folder",
            id="absolute path",
        ),
        pytest.param(
            b'name: made\nheld_out: "a\\0b"\n',
            "suite.yaml:2: held_out: cannot be read (embedded null byte)",
            id="null byte in a path",
        ),
        pytest.param(
            b"name: made\nheld_out: " + b"x" * 5000, "x…: cannot be read (File name too long)", id="path without end"
        ),
        pytest.param(
            b"name: made\nheld_out: held-out.jsonl\n",
            "held-out.jsonl: there is no such file; did you mean 'held_out.jsonl'?",
            id="missing file",
        ),
        pytest.param(
            b"name: made\nheld_out: data/x.jsonl\n",
            "data/x.jsonl: there is no such file; the folder",
            id="missing folder",
        ),
        pytest.param(b"name: made\nheld_out: .\n", "is a folder where a file is expected", id="a folder for a file"),
        pytest.param(
            b"name: made\nheld_out: suite.yaml/x\n",
            "suite.yaml/x: cannot be read (Not a directory)",
            id="a file for a folder",
        ),
    ],
)
def test_faults_of_a_header(tmp_path: Path, header: bytes, sentence: str) -> None:
    assert sentence in sentence_of(write(tmp_path, header=header))


def line(**fields: Any) -> bytes:
    return json.dumps({"id": "x", "messages": [turn("user", "Hi")], **fields}).encode()


def expecting(**expectation: Any) -> bytes:
    return json.dumps(dialogue("x", target("Yes", **expectation))).encode()


EXPECTATION = "held_out.jsonl:2: messages.0.target.expectation"


@pytest.mark.parametrize(
    ("second_line", "sentence"),
    [
        (line(mesages=[]), "held_out.jsonl:2: mesages: there is no field 'mesages'; did you mean 'messages'?"),
        (line(id=7), "held_out.jsonl:2: id: is the number 7; must be text in quotes"),
        (line(id=" "), "held_out.jsonl:2: id: must not be empty"),
        (line(id="d"), "held_out.jsonl:2: id: 'd' stands in line 1 already; give every dialogue an id of its own"),
        (line(persona="x"), "held_out.jsonl:2: persona: there is no persona 'x'; known: none"),
        (line(messages=[]), "held_out.jsonl:2: messages: must not be empty"),
        (line(messages={}), "held_out.jsonl:2: messages: is a group of fields; must be a list"),
        (
            line(messages=[{"role": "human"}]),
            "held_out.jsonl:2: messages.0.role: is the text 'human'; must be 'system', 'user', 'assistant' or 'tool'",
        ),
        (line(messages=[turn("user", None)]), "held_out.jsonl:2: messages.0.content: is empty; must be text"),  # type: ignore[arg-type]
        (
            line(messages=[turn("user", target=True)]),
            "messages.0.target: is true; must be a group of fields (`name: value`)",
        ),
        (expecting(must_mention="oat"), f"{EXPECTATION}.must_mention: is the text 'oat'; must be a list"),
        (
            expecting(must_mention=[3]),
            f"{EXPECTATION}.must_mention.0: is the number 3; must be text in quotes or a list",
        ),
        (expecting(must_mention=[["oat", " "]]), f"{EXPECTATION}.must_mention.0.1: must not be empty"),
        (expecting(must_mention=[[]]), f"{EXPECTATION}.must_mention.0: must not be empty"),
        (
            expecting(act="ask"),
            f"{EXPECTATION}.act: is the text 'ask'; must be 'clarify', 'confirm', 'inform', 'refuse' or 'chat'",
        ),
        (
            expecting(order=[{"item": "tea"}, {"item": "tea", "quantity": "2"}]),
            f"{EXPECTATION}.order.1.quantity: is the text '2'; must be a whole number",
        ),
        (
            expecting(order=[{"item": "tea", "quantity": 10**30}]),
            f"{EXPECTATION}.order.0.quantity: is a huge number; must be at most 10000",
        ),
        (
            expecting(order=[{"item": "tea", "quantitty": 1}]),
            f"{EXPECTATION}.order.0.quantitty: there is no field 'quantitty'; did you mean 'quantity'?",
        ),
        (b"[1]", "held_out.jsonl:2: must be an object in curly braces, not a list"),
        (b"null", "held_out.jsonl:2: must be an object in curly braces, not empty"),
        (b'{"id": "x", "mess', "held_out.jsonl:2: is not JSON: Unterminated string starting at (column 13)"),
        (b"{'id': 'x'}", "held_out.jsonl:2: is not JSON: Expecting property name enclosed in double quotes (column 2)"),
        (b'{"id": "x", "id": "y"}', "held_out.jsonl:2: id: is given twice"),
        (b'{"id": NaN}', "held_out.jsonl:2: is not JSON: NaN is no number"),
        (b'{"id": -Infinity}', "held_out.jsonl:2: is not JSON: -Infinity is no number"),
        (b'{"id": 1e999}', "held_out.jsonl:2: holds the number 1e999, which is too large"),
        (b'{"id": ' + b"9" * 5000, "held_out.jsonl:2: holds a number of 5,000 digits; at most 40 are read"),
        (b'{"id": "\0"}', "held_out.jsonl:2: is not JSON: Invalid control character at (column 9)"),
        (b"\0\0\0", "held_out.jsonl:2: is not JSON: Expecting value (column 1)"),
        (b'{"id": "\\ud83d"}', r"held_out.jsonl:2: holds half of a surrogate pair (\ud800 to \udfff)"),
        (b"[" * 100_000, "held_out.jsonl:2: is nested more than 100 levels deep"),
        (
            line(messages=[turn("assistant", tool_calls=[json.loads('{"a":' * 150 + "1" + "}" * 150)])]),
            "held_out.jsonl:2: is nested more than 100 levels deep",
        ),
        (b'{"id": "caf\xe9"}', "held_out.jsonl:2: byte 0xe9 is not UTF-8; save the file as UTF-8"),
    ],
)
def test_faults_of_a_line(tmp_path: Path, second_line: bytes, sentence: str) -> None:
    assert sentence in sentence_of(write(tmp_path, held_out=HELD_OUT + second_line + b"\n" + HELD_OUT))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "coffee_order",
            "suite: there is no built-in suite, file or folder 'coffee_order'; did you mean 'coffee_orders'?",
        ),
        ("nothing.yaml", "nothing.yaml: there is no such file"),
        ("nothing/suite.yml", "nothing/suite.yml: there is no such file; the folder"),
        ("x" * 5000, "x" * 50),
        ("x\0y", "suite: there is no built-in suite, file or folder 'x\\x00y'"),
        ("x\0y.yaml", "x\\x00y.yaml: cannot be read (embedded null byte)"),
        (".", "suite.yaml: there is no such file"),
    ],
)
def test_suites_that_are_not_there(tmp_path: Path, name: str, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        load_suite(name, relative_to=tmp_path)
    assert sentence in str(caught.value)


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path: Path) -> None:
    bom = b"\xef\xbb\xbf"
    lines = bom + (HELD_OUT + b"\r\n" + HELD_OUT.replace(b'"d"', b'"e"')).replace(b"\n", b"\r\n")
    suite = load_suite(write(tmp_path, bom + HEADER.replace(b"\n", b"\r\n") + b"system: |\r\n  a\r\n  b\r\n", lines))
    assert suite.header.system == "a\nb\n"
    assert [d.id for d in suite.dialogues()] == ["d", "e"]


def test_a_byte_order_mark_elsewhere_is_no_white_space(tmp_path: Path) -> None:
    assert "held_out.jsonl:2: is not JSON" in sentence_of(
        write(tmp_path, held_out=HELD_OUT + b"\xef\xbb\xbf" + HELD_OUT)
    )


def test_an_empty_half_says_so(tmp_path: Path) -> None:
    for nothing in (b"", b"\n \n", b"\xef\xbb\xbf"):
        with pytest.raises(InputError, match=r"held_out\.jsonl: holds no dialogue; write one JSON object a line"):
            list(cases_of(load_suite(write(tmp_path, held_out=nothing))))


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.jsonl").write_bytes(HELD_OUT)
    folder = write((tmp_path / "suite"), held_out=b"") if (tmp_path / "suite").mkdir() is None else tmp_path
    (folder / "held_out.jsonl").unlink()
    (folder / "held_out.jsonl").symlink_to(tmp_path / "secret.jsonl")
    assert "suite.yaml:2: held_out: 'held_out.jsonl' leads out of the suite's folder" in sentence_of(folder)


def test_a_loop_of_links_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "held_out.jsonl").unlink()
    (tmp_path / "held_out.jsonl").symlink_to("held_out.jsonl")
    assert "cannot be read" in sentence_of(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_read_permission_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "held_out.jsonl").chmod(0)
    assert sentence_of(tmp_path) == "held_out.jsonl: cannot be read (Permission denied)"


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that nobody can read")
def test_a_file_that_fails_while_being_read_is_named() -> None:
    with pytest.raises(InputError, match=r"/proc/self/mem: cannot be read \(Input/output error\)"):
        read_text(Path("/proc/self/mem"))
    with pytest.raises(InputError, match=r"/proc/self/mem: cannot be read \(Input/output error\)"):
        next(iterate_jsonl(Path("/proc/self/mem")))


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a file without end")
def test_a_file_without_end_is_not_read_to_its_end() -> None:
    with pytest.raises(InputError, match="/dev/zero: is longer than"):
        read_yaml(Path("/dev/zero"))
    with pytest.raises(InputError, match="/dev/zero:1: is longer than"):
        next(iterate_jsonl(Path("/dev/zero")))


def test_a_line_of_100_megabytes_is_refused_in_little_memory(tmp_path: Path) -> None:
    write(tmp_path)
    with (tmp_path / "held_out.jsonl").open("ab") as file:
        file.truncate(100_000_000)
    tracemalloc.start()
    try:
        sentence = sentence_of(tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sentence == f"held_out.jsonl:2: is longer than {MAX_LINE_BYTES:,} bytes; one line holds one object"
    assert peak < 4 * MAX_LINE_BYTES


def test_the_line_after_one_that_is_too_long_is_still_read(tmp_path: Path) -> None:
    long = b'{"id":"' + b"x" * (2 * MAX_LINE_BYTES) + b'"}\n'
    suite = load_suite(write(tmp_path, held_out=long + HELD_OUT))
    (_, faults), (number, read) = suite.dialogues_or_errors()
    assert isinstance(faults, list)
    assert number == 2
    assert not isinstance(read, list)


def test_control_characters_reach_no_terminal(tmp_path: Path) -> None:
    sentence = sentence_of(write(tmp_path, HEADER + b'"\\e[31mred\\n\\u202e": 1\n'))
    assert r"\x1b[31mred\n\u202e" in sentence
    assert sentence.isprintable()


def test_sentences_do_not_grow_with_what_is_wrong(tmp_path: Path) -> None:
    assert len(sentence_of(write(tmp_path, held_out=line(**{"x" * 1_000_000: 1})))) < 3000
    assert len(sentence_of(write(tmp_path, held_out=line(id=["y" * 1_000_000])))) < 3000


class Drink(Record):
    size: Literal["small", "large"]


class Snack(Record):
    weight: Annotated[int, Field(gt=0)]


class Menu(Record):
    kind: Literal["same"] | Drink = "same"
    items: tuple[str | Drink | Snack, ...] = ()
    by_name: dict[str, Drink | Snack] = {}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"items": [{"wieght": 1}]}, "items.0.wieght: there is no field 'wieght'; did you mean 'weight'?"),
        ({"items": [{"sise": "x"}]}, "items.0.sise: there is no field 'sise'; did you mean 'size'?"),
        ({"by_name": {"a": {"xyz": 1}}}, "by_name.a.xyz: there is no field 'xyz'; known: size, weight"),
        ({"items": [5]}, "items.0: is the number 5; must be text in quotes or a group of fields (`name: value`)"),
        ({"kind": "sme"}, "kind: is the text 'sme'; must be 'same'"),
        ({"kind": {"size": "big"}}, "kind.size: is the text 'big'; must be 'small' or 'large'"),
        ({"items": [{"weight": 0, "size": None}]}, "items.0.weight"),
    ],
)
def test_where_one_of_several_records_may_stand_all_their_fields_count(fields: Any, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_line(Menu, fields, Path("menu.jsonl"), 3)
    assert str(caught.value).startswith("menu.jsonl:3: ")
    assert sentence in str(caught.value)


def test_all_faults_of_a_line_are_known_at_once(tmp_path: Path) -> None:
    suite: Suite = make_suite(tmp_path, [{"idd": "x", "messages": [{"role": "user", "content": 1}, {"rle": "user"}]}])
    ((_, faults),) = suite.dialogues_or_errors()
    assert isinstance(faults, list)
    assert {fault.field for fault in faults} == {
        "idd",
        "id",
        "messages.0.content",
        "messages.1.rle",
        "messages.1.role",
    }
