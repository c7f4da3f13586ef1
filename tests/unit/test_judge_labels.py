"""Labels files: what a line means, and one sentence with its place for everything that can be wrong."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import jsonschema
import pytest
from labelled_replies import HELLO, label_set, line, pair, rubric_with, written

from judges.loading import load_rubric
from judges.people.judged_replies import agreed_label
from judges.people.label_line import labels_json_schema
from judges.people.labels import read_labels
from suites.userfile import InputError


def scores(folder: Path, scale: str, *labels: object, **fields: object) -> list[float]:
    """How the labels of one line are scored."""
    labels_read = label_set(folder, rubric_with(scale, folder), line("Hi!", *labels, **fields))
    return [rating.score for rating in labels_read.replies[0].ratings]


def test_a_line_becomes_a_case_as_a_suite_makes_it(tmp_path: Path) -> None:
    context = [{"role": "system", "content": "You are the barista."}, {"role": "user", "content": "A bagel, please."}]
    persona = {"name": "Ann", "description": "a barista"}
    full = line(
        "No bagels.",
        "pass",
        context=context,
        id="bagel",
        references=["They are sold out."],
        expectation={"act": "inform", "must_mention": ["bagel"]},
        facts=["Sold out: bagels."],
        language="en-GB",
        persona=persona,
    )
    labels = label_set(tmp_path, rubric_with("binary", tmp_path), full)
    (labelled,) = labels.replies
    assert labelled.replies == ("No bagels.",)
    case = labelled.case
    assert [m.content for m in case.messages] == ["You are the barista.\nSold out: bagels.", "A bagel, please."]
    assert (case.id, case.references, case.language) == ("bagel", ("They are sold out.",), "en-GB")
    assert (case.expectation.act, case.expectation.must_mention) == ("inform", ("bagel",))
    assert case.persona is not None and case.persona.name == "Ann"
    assert labels.language == "en"
    assert labels.sha256 == hashlib.sha256(labels.file.read_bytes()).hexdigest()


def test_labels_and_their_scores_mean_the_same(tmp_path: Path) -> None:
    assert scores(tmp_path, "binary", "pass", 1, 1.0, "fail", 0) == [1, 1, 1, 0, 0]
    assert scores(tmp_path, "ordinal", "4", 4, 4.0, 1) == [4, 4, 4, 1]
    assert scores(tmp_path, "labels", "neutral", 0.5, "warm") == [0.5, 0.5, 1]
    assert scores(tmp_path, "numeric", 12.5, "12.5", 100, 1e-7) == [12.5, 12.5, 100, 1e-7]
    asks, neither = {"polite": "fail", "asks": "pass"}, {"polite": "fail", "asks": "fail"}
    assert scores(tmp_path, "checklist", asks, neither) == [0.75, 0]
    assert scores(tmp_path, "act", "clarify", "inform", expectation={"act": "inform"}) == [0, 1]


@pytest.mark.parametrize(
    ("scale", "labels", "prevails"),
    [
        ("binary", ["pass", "fail", "pass"], "pass"),
        ("binary", ["pass", "fail"], None),
        ("labels", ["cold", "warm", "neutral"], None),
        ("labels", ["cold", "warm", "cold", "neutral"], "cold"),
        ("ordinal", [1, 5, 2], "2"),
        ("ordinal", [1, 2, 2, 5], "2"),
        ("ordinal", [1, 2, 3, 5], None),
        ("numeric", [1, 1, 1], None),
        ("checklist", [{"polite": "pass", "asks": "pass"}], None),
    ],
)
def test_the_label_that_prevails(tmp_path: Path, scale: str, labels: list[object], prevails: str | None) -> None:
    rubric = rubric_with(scale, tmp_path)
    (labelled,) = label_set(tmp_path, rubric, line("Hi!", *labels)).replies
    assert agreed_label(labelled.ratings, rubric.scale) == prevails


def test_replies_to_one_context_or_of_one_dialogue_belong_together(tmp_path: Path) -> None:
    other = [*HELLO, {"role": "assistant", "content": "Hi!"}, {"role": "user", "content": "A tea."}]
    replies = label_set(
        tmp_path,
        rubric_with("binary", tmp_path),
        line("Hi!", "pass"),
        line("Go away.", "fail", language="en-GB"),
        line("Sure.", "pass", context=other),
        line("Sure.", "pass", context=other, dialogue_id="d"),
        line("Hi!", "pass", dialogue_id="d"),
        line("Hi!", "pass", context=[]),
    ).replies
    first, same, longer, *named, opening = [labelled.case.dialogue_id for labelled in replies]
    assert first == same
    assert named == ["d", "d"]
    assert len({first, longer, opening, "d"}) == 4


def test_one_language_is_taken(tmp_path: Path) -> None:
    rubric = rubric_with("binary", tmp_path)
    text = rubric.languages["en"]
    both = rubric.model_copy(update={"languages": {"en": text, "ru": text}})
    file = written(tmp_path, line("Hi!", 1), line("Привет!", 1, language="ru"), line("Hello!", 1, language="en-US"))
    assert [labelled.replies for labelled in read_labels(file, both, "ru").replies] == [("Привет!",)]
    english = read_labels(file, both, "en-GB")
    assert (english.language, len(english.replies)) == ("en", 2)
    with pytest.raises(InputError, match=r"labels.jsonl: holds labels in en and ru, .* choose one with --language"):
        read_labels(file, both)
    with pytest.raises(InputError, match=r"labels.jsonl: holds no label in 'ru', only in en"):
        read_labels(written(tmp_path, line("Hi!", 1)), both, "ru")


@pytest.mark.parametrize(
    ("scale", "wrong", "said"),
    [
        ("binary", {"context": HELLO, "labels": [1]}, "reply: is missing"),
        ("binary", line(" ", 1), "reply: must not be empty"),
        ("binary", {"reply": "Hi!", "labels": [1]}, "context: is missing"),
        ("binary", line("Hi!", 1, context=[{"role": "human", "content": "Hi"}]), "context.0.role: is the text 'human'"),
        ("binary", {"context": HELLO, "reply": "Hi!"}, "labels: is missing"),
        ("binary", line("Hi!"), "labels: must not be empty"),
        ("binary", line("Hi!", 1, label=1), "label: there is no field 'label'; did you mean 'labels'?"),
        ("binary", line("Hi!", "pass", "good"), "labels.1: 'good' is not on the scale: pass, fail"),
        ("binary", line("Hi!", 0.5), "labels.0: '0.5' is not on the scale: pass, fail"),
        ("binary", line("Hi!", True), "labels.0: is true; must be "),
        ("binary", line("Hi!", None), "labels.0: is empty; must be "),
        ("ordinal", line("Hi!", 3, 6), "labels.1: '6' is not on the scale: 1, 2, 3, 4, 5"),
        ("labels", line("Hi!", 0.7), "labels.0: '0.7' is not on the scale: warm, neutral, cold"),
        ("numeric", line("Hi!", 101), "labels.0: '101' is not on the scale: a number from 0 to 100"),
        ("checklist", line("Hi!", "pass"), "labels.0: must give pass or fail for each item: polite, asks"),
        ("checklist", line("Hi!", {"polite": "pass"}), "labels.0: the item 'asks' has no verdict"),
        ("act", line("Hi!", "inform"), "has no dialogue act that is due, which the rubric 'act' requires"),
        ("act", line("Hi!", 1, expectation={"act": "inform"}), "labels.0: '1' is not on the scale: clarify, inform"),
        ("binary", line("Hi!", 1, language="de"), "language: the rubric has no texts in 'de', only in en"),
        ("binary", line("Hi!", 1, id="a"), "id: 'a' is the id of line 1 already"),
        (
            "binary",
            line("Hi!", 1, replies=["Hi!", "Hey!"]),
            "replies: the rubric 'binary' judges one reply; give `reply`",
        ),
        ("pair", line("Hi!", "first"), "reply: the rubric 'pair' compares two replies; give `replies` in its place"),
        ("pair", {"context": HELLO, "labels": ["tie"]}, "replies: is missing; add `replies`: [the first, the second]"),
        ("pair", {"context": HELLO, "replies": ["Hi!"], "labels": ["tie"]}, "replies"),
        ("pair", pair("Hi!", "Hey!", "third"), "labels.0: 'third' is not on the scale: first, second, tie"),
        ("binary", '{"context": [], "reply": "Hi!"', "is not JSON"),
        ("binary", "[]", "must be an object in curly braces, not an empty list"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, scale: str, wrong: dict[str, object] | str, said: str) -> None:
    right = {
        "numeric": line("Hi!", 7),
        "checklist": line("Hi!", {"polite": "pass", "asks": "fail"}),
        "act": line("Hi!", "inform", expectation={"act": "inform"}),
        "labels": line("Hi!", "warm"),
        "pair": pair("Hi!", "Hey!", "first"),
    }.get(scale, line("Hi!", 1))
    file = written(tmp_path, right | {"id": "a"}, wrong)
    with pytest.raises(InputError) as failure:
        read_labels(file, rubric_with(scale, tmp_path))
    assert str(failure.value).startswith(f"{file}:2: {said}")


def test_equal_replies_need_a_tie_on_the_scale(tmp_path: Path) -> None:
    lines = [pair("Hi!", "Hey!", "first"), pair("Hi!", " Hi!", "first")]
    assert len(label_set(tmp_path, rubric_with("pair", tmp_path), *lines).replies) == 2
    with pytest.raises(
        InputError, match=r"labels.jsonl:2: replies: are the same, and .* allows no ties; delete the line"
    ):
        read_labels(written(tmp_path, *lines), load_rubric("which_is_the_person"))


def test_what_the_rubric_requires_has_to_be_there(tmp_path: Path) -> None:
    rubric = rubric_with("binary", tmp_path, more="sees: [reply, references]\nrequires: [references]\n")
    file = written(tmp_path, line("Hi!", 1))
    with pytest.raises(InputError, match=r"labels.jsonl:1: has no references, which the rubric 'binary' requires"):
        read_labels(file, rubric)
    assert len(read_labels(written(tmp_path, line("Hi!", 1, references=["Hello!"])), rubric).replies) == 1


def test_a_file_without_labels(tmp_path: Path) -> None:
    rubric = rubric_with("binary", tmp_path)
    with pytest.raises(InputError, match=r"labels.jsonl: holds no label; write one JSON object a line"):
        read_labels(written(tmp_path), rubric)
    with pytest.raises(InputError, match=r"label.jsonl: there is no such file; did you mean 'labels.jsonl'\?"):
        read_labels(tmp_path / "label.jsonl", rubric)


def test_a_pipe_is_refused_since_its_hash_would_be_wrong(tmp_path: Path) -> None:
    text = written(tmp_path, line("Hi!", 1)).read_bytes()
    read_end, write_end = os.pipe()
    os.write(write_end, text)
    os.close(write_end)
    with pytest.raises(InputError, match="is a pipe or device, which cannot be read twice"):
        read_labels(Path(f"/dev/fd/{read_end}"), rubric_with("binary", tmp_path))
    os.close(read_end)


def test_the_json_schema_takes_what_is_read() -> None:
    schema = jsonschema.Draft202012Validator(labels_json_schema())
    assert schema.is_valid(line("Hi!", "pass", 1, 0.5, {"polite": "pass"}, id="a"))
    assert not schema.is_valid({"context": [], "labels": [1]})
    assert not schema.is_valid(line("Hi!", True))
    assert not schema.is_valid(line("Hi!"))


def test_pairs_and_what_they_score(tmp_path: Path) -> None:
    lines = [pair("Hi!", "Go away.", "first", 1, "tie"), pair("Hm.", "Hello!", "second", "second", "first")]
    replies = label_set(tmp_path, rubric_with("pair", tmp_path), *lines).replies
    assert [each.replies for each in replies] == [("Hi!", "Go away."), ("Hm.", "Hello!")]
    assert [[rating.score for rating in each.ratings] for each in replies] == [[1, 1, 0.5], [0, 0, 1]]


def test_mended_labels_take_the_place_of_others(tmp_path: Path) -> None:
    rubric = rubric_with("binary", tmp_path)
    file = written(tmp_path, line("Hi!", 1, 1), line("Go away.", 1), line("Hm.", 0))
    mended = written(tmp_path, line("Go away.", 0, 0, note="a slip"), name="mended.jsonl")
    labels = read_labels(file, rubric, mended=mended)
    assert [[rating.label for rating in each.ratings] for each in labels.replies] == [
        ["pass", "pass"],
        ["fail", "fail"],
        ["fail"],
    ]
    assert labels.mending is not None
    assert (labels.mending.replies, labels.mending.sha256) == (1, hashlib.sha256(mended.read_bytes()).hexdigest())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (line("Hello?", 1), "mends nothing: no line of labels.jsonl has this reply in this context"),
        (line("Hi!", 1, context=[]), "mends nothing"),
        (line("Hi!", 0), "mends a reply that an earlier line mends already"),
    ],
)
def test_a_wrong_mended_line_is_named(tmp_path: Path, wrong: dict[str, object], said: str) -> None:
    file = written(tmp_path, line("Hi!", 1))
    mended = written(tmp_path, line("Hi!", 0), wrong, name="mended.jsonl")
    with pytest.raises(InputError) as failure:
        read_labels(file, rubric_with("binary", tmp_path), mended=mended)
    assert str(failure.value).startswith(f"{mended}:2: reply: {said}")
