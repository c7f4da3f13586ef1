"""Rubric files: what is said of their faults, what their hash covers, and the rubrics that come with Rejoinder."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from judge_models import HOUSE_RUBRIC, ScriptedJudgeModel
from pydantic import TypeAdapter

from judges.loading import BUILTIN, builtin_rubric_names, load_rubric
from judges.rubrics.rubric import Rubric, rubric_json_schema
from judges.rubrics.rubric_test import rubric_test
from judges.rubrics.scale import ChecklistScale, Scale
from reports.pages.wording.russian_measures import RUSSIAN_MEASURES
from suites.userfile import InputError

GUIDE = Path(__file__).parents[2] / "docs" / "rubrics.md"

EXAMPLE = """\
    examples:
      - context:
          - user: hello
        reply: hi
        verdict: pass
"""


def rubric_file(folder: Path, text: str) -> Path:
    file = folder / "rubric.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def load(folder: Path, text: str) -> Rubric:
    return load_rubric(rubric_file(folder, text))


def scaled(scale: str, anchors: str = "pass: it is good\n      fail: it is bad") -> str:
    """The house rubric on another scale."""
    text = HOUSE_RUBRIC.replace("{kind: binary}", scale)
    return text.replace("pass: it is good\n      fail: it is bad", anchors)


FAULTS = {
    "unknown field": (HOUSE_RUBRIC + "scael: 1\n", 10, "scael", "did you mean 'scale'?"),
    "unknown field of a scale": (scaled("{kind: ordinal, highest: 3, lowst: 1}"), 3, "scale.lowst", "'lowest'"),
    "unknown kind of scale": (scaled("{kind: binry}"), 3, "scale", "'binary'"),
    "unknown readout": (HOUSE_RUBRIC + "readout: {kind: guess}\n", 10, "readout", "'free_text'"),
    "mass above 1": (
        HOUSE_RUBRIC + "readout: {kind: label_probabilities, minimum_mass: 2}\n",
        10,
        "readout.minimum_mass",
        "at most 1",
    ),
    "no anchor for a point": (
        scaled("{kind: ordinal, highest: 3}", "1: bad\n      3: good"),
        7,
        "languages.en.anchors",
        "'2' of the scale has no anchor text",
    ),
    "a point twice": (
        scaled("{kind: ordinal, highest: 2}", "1: bad\n      2: good\n      2: fine"),
        10,
        "languages.en.anchors.2",
        "twice",
    ),
    "an anchor off the scale": (HOUSE_RUBRIC + "      fial: x\n", 10, "languages.en.anchors.fial", "mean 'fail'"),
    "overlapping bands": (
        scaled("{kind: numeric, highest: 9, bands: {low: [0, 5], high: [5, 9]}}", "low: a\n      high: b"),
        3,
        "scale.bands.high",
        "'low' and 'high' overlap at 5",
    ),
    "a gap between bands": (
        scaled("{kind: numeric, highest: 9, bands: {low: [0, 4], high: [6, 9]}}", "low: a\n      high: b"),
        3,
        "scale.bands.high",
        "no band covers 5",
    ),
    "bands that leave an end out": (
        scaled("{kind: numeric, highest: 9, bands: {low: [0, 4], high: [5, 8]}}", "low: a\n      high: b"),
        3,
        "scale.bands",
        "the bands must begin at 0 and end at 9",
    ),
    "a scale upside down": (
        scaled("{kind: ordinal, lowest: 5, highest: 1}", "1: a"),
        3,
        "scale.highest",
        "the scale ends at 1, not above its lowest point 5",
    ),
    "a label twice": (
        scaled("{kind: labels, labels: [good, bad, good], scores: {good: 1, bad: 0}}", "good: a\n      bad: b"),
        3,
        "scale.labels.2",
        "'good' is listed twice",
    ),
    "a label without a score": (
        scaled("{kind: labels, labels: [good, bad], scores: {good: 1}}", "good: a\n      bad: b"),
        3,
        "scale.scores",
        "the label 'bad' has no score",
    ),
    "labels that all score the same": (
        scaled("{kind: labels, labels: [good, bad], scores: {good: 1, bad: 1.0}}", "good: a\n      bad: b"),
        3,
        "scale.scores",
        "every label has the same score",
    ),
    "an example without the reason that a judge is to give": (
        scaled("{kind: numeric, highest: 100}", "0: bad\n      100: good")
        + EXAMPLE.replace("pass", "70")
        + "readout: {kind: json}\n",
        11,
        "languages.en.examples.0",
        "lacks a `reason`",
    ),
    "a range too wide for first tokens": (
        scaled("{kind: numeric, highest: 100}", "0: bad\n      100: good"),
        3,
        "scale",
        "readout: {kind: free_text}",
    ),
    "labels with the same first letter": (
        HOUSE_RUBRIC + "    answers: {pass: good, fail: Great}\n",
        10,
        "languages.en.answers",
        "'good' and 'Great' begin with the same letter",
    ),
    "points with the same first digit": (
        scaled("{kind: ordinal, highest: 10}", "\n      ".join(f"{point}: x" for point in range(1, 11))),
        5,
        "languages.en.answers",
        "'1' and '10' begin with the same letter",
    ),
    "one answer for two labels": (
        HOUSE_RUBRIC + "    answers: {pass: ok, fail: OK}\n",
        10,
        "languages.en.answers",
        "both answered with 'ok'",
    ),
    "answers to no label": (HOUSE_RUBRIC + "    answers: {good: a}\n", 10, "languages.en.answers.good", "on the scale"),
    "a checklist without a question": (
        scaled("{kind: checklist, items: {polite: 1, right: 2}}", "polite: Is it polite?"),
        7,
        "languages.en.anchors",
        "'right' of the scale has no anchor",
    ),
    "an example off the scale": (
        HOUSE_RUBRIC + EXAMPLE.replace("pass", "good"),
        14,
        "languages.en.examples.0.verdict",
        "'good' is not on the scale: pass, fail",
    ),
    "a test off the scale": (
        HOUSE_RUBRIC + EXAMPLE.replace("examples", "tests").replace("pass", "6"),
        14,
        "languages.en.tests.0.verdict",
        "'6' is not on the scale",
    ),
    "a bare yes": (
        HOUSE_RUBRIC + EXAMPLE.replace("pass", "yes"),
        14,
        "languages.en.examples.0.verdict",
        "write it in quotes",
    ),
    "an unknown role": (
        HOUSE_RUBRIC + EXAMPLE.replace("user:", "customer:"),
        12,
        "languages.en.examples.0.context.0.customer",
        "'user'",
    ),
    "two turns in one entry": (
        HOUSE_RUBRIC + EXAMPLE.replace("hello\n", "hello\n            assistant: hey\n"),
        12,
        "languages.en.examples.0.context.0",
        "an entry of the list for itself",
    ),
    "an example with what is not seen": (
        HOUSE_RUBRIC + EXAMPLE + "        references: [hey]\n",
        15,
        "languages.en.examples.0.references",
        "add 'references' to `sees`",
    ),
    "an example without what is required": (
        HOUSE_RUBRIC + EXAMPLE + "sees: [reply, references]\nrequires: [references]\n",
        11,
        "languages.en.examples.0",
        "lacks 'references'",
    ),
    "the reply not seen": (HOUSE_RUBRIC + "sees: [context]\n", 10, "sees", "must name `reply`"),
    "seen twice": (HOUSE_RUBRIC + "sees: [reply, reply]\n", 10, "sees.1", "'reply' is listed twice"),
    "facts twice": (HOUSE_RUBRIC + "sees: [system, facts, reply]\n", 10, "sees", "either `system` or `facts`"),
    "required but not seen": (HOUSE_RUBRIC + "requires: [persona]\n", 10, "requires.0", "add it to `sees`"),
    "a place in the question": (
        HOUSE_RUBRIC.replace("the reply", "{reply}"),
        6,
        "languages.en.question",
        "'{reply}' is not filled in here",
    ),
    "a place in the instruction": (
        HOUSE_RUBRIC + "    instruction: Judge {reply}.\n",
        10,
        "languages.en.instruction",
        "the only place is {answers}",
    ),
    "a language without fixed words": (HOUSE_RUBRIC.replace("en:", "de:"), 5, "languages.de.wording", "'de'"),
    "no language at all": (HOUSE_RUBRIC.partition("languages")[0] + "languages: {}\n", 4, "languages", ""),
    "no language tag": (HOUSE_RUBRIC.replace("en:", "English:"), 5, "languages.English", ""),
    "no name": (HOUSE_RUBRIC.replace("name: house\n", ""), 1, "name", "is missing"),
}


@pytest.mark.parametrize(("text", "line", "field", "said"), FAULTS.values(), ids=list(FAULTS))
def test_a_fault_is_told_with_file_line_and_field(tmp_path: Path, text: str, line: int, field: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        load(tmp_path, text)
    sentence = str(error.value)
    assert sentence.startswith(f"{tmp_path / 'rubric.yaml'}:{line}: {field}: ")
    assert said in sentence
    assert "\n" not in sentence


def test_a_missing_language_is_told_where_the_languages_stand(tmp_path: Path) -> None:
    file = rubric_file(tmp_path, HOUSE_RUBRIC)
    assert load_rubric(file, language="en-GB").language_for("en-GB") == "en"
    with pytest.raises(InputError, match=r"rubric.yaml:4: languages: there are no texts in 'ru', only in en"):
        load_rubric(file, language="ru")


def test_a_rubric_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'correctness'"):
        load_rubric("correctnes")
    with pytest.raises(InputError, match="there is no such file"):
        load_rubric("house.yaml", relative_to=tmp_path)


DECISIVE = {
    "question": lambda text: text.replace("Is the reply good?", "Is it good?"),
    "anchor": lambda text: text.replace("it is bad", "it is poor"),
    "sees": lambda text: text + "sees: [reply]\n",
    "requires": lambda text: text + "sees: [context, reply, facts]\nrequires: [facts]\n",
    "answers": lambda text: text + "    answers: {pass: good, fail: bad}\n",
    "instruction": lambda text: text + "    instruction: Only {answers}.\n",
    "examples": lambda text: text + EXAMPLE,
    "example's reply": lambda text: text + EXAMPLE.replace("reply: hi", "reply: ho"),
    "example's verdict": lambda text: text + EXAMPLE.replace("pass", "fail"),
    "readout": lambda text: text + "readout: {kind: free_text}\n",
    "minimum_mass": lambda text: text + "readout: {kind: label_probabilities, minimum_mass: 0.5}\n",
    "score": lambda text: text + "readout: {kind: label_probabilities, score: likeliest}\n",
    "json": lambda text: text + "readout: {kind: json}\n",
    "max_reason": lambda text: text + "readout: {kind: json, max_reason: 80}\n",
    "fallback": lambda text: text + "readout: {kind: label_probabilities, fallback: {kind: free_text}}\n",
    "scale": lambda text: (
        text.replace("{kind: binary}", "{kind: labels, labels: [pass, fail], scores: {pass: 1, fail: 0}}")
        + "    answers: {pass: 'yes', fail: 'no'}\n"
    ),
    "another language": lambda text: text + "  ru:\n    question: Хорошо?\n    anchors: {pass: да, fail: нет}\n",
    "none": lambda text: text,
}

INDECISIVE = {
    "comments": lambda text: "# for the shop\n" + text.replace("name: house", "name: house   # ours"),
    "layout": lambda text: text.replace("{kind: binary}", "\n  kind: binary"),
    "order of fields": lambda text: text.replace(
        "name: house\nscale: {kind: binary}", "scale: {kind: binary}\nname: house"
    ),
    "name": lambda text: text.replace("house", "home"),
    "version": lambda text: text + "version: 2\n",
    "title": lambda text: text + "title: House\ndescription: As the house wants it.\n",
    "tests": lambda text: text + EXAMPLE.replace("examples", "tests"),
    "rephrased": lambda text: text + "    rephrased: [Is this a good reply?]\n",
    "defaults written out": lambda text: text + "readout: {kind: label_probabilities}\nsees: [reply, context]\n",
}


def test_the_hash_changes_with_all_that_decides_a_verdict(tmp_path: Path) -> None:
    digests = {name: load(tmp_path, change(HOUSE_RUBRIC)).digest() for name, change in DECISIVE.items()}
    assert len(set(digests.values())) == len(digests)


@pytest.mark.parametrize("change", INDECISIVE.values(), ids=list(INDECISIVE))
def test_the_hash_does_not_change_with_what_decides_nothing(tmp_path: Path, change: object) -> None:
    changed = change(HOUSE_RUBRIC)  # type: ignore[operator]
    assert changed != HOUSE_RUBRIC
    assert load(tmp_path, changed).digest() == load(tmp_path, HOUSE_RUBRIC).digest()


BUILT_IN = {
    *("correctness", "appropriateness", "clarifying_question", "order_confirmation", "style", "leads_dialogue"),
    *("persona_consistency", "safety_of_promise", "dialogue_act", "tone", "formality", "humour", "empathy"),
}


def test_the_rubrics_of_the_guide_are_built_in() -> None:
    assert set(builtin_rubric_names()) >= BUILT_IN


@pytest.mark.parametrize("name", sorted(BUILT_IN))
@pytest.mark.parametrize("tag", ["en", "ru"])
def test_built_in_rubrics_are_complete_in_english_and_russian(name: str, tag: str) -> None:
    rubric = load_rubric(name)
    assert rubric.name == name
    assert rubric.title in RUSSIAN_MEASURES and rubric.description in RUSSIAN_MEASURES
    assert set(rubric.languages) == {"en", "ru"}
    text = rubric.languages[tag]
    assert len(text.examples) == 2
    assert len(text.tests) >= 6
    assert text.rephrased
    cyrillic = re.compile("[а-яё]", re.IGNORECASE)
    for piece in (text.question, *text.rephrased, *text.anchors.values(), *(test.reply for test in text.tests)):
        assert bool(cyrillic.search(piece)) == (tag == "ru")


@pytest.mark.parametrize("name", sorted(BUILT_IN))
@pytest.mark.parametrize("tag", ["en", "ru"])
@pytest.mark.parametrize("shown", ["tests", "examples"])
def test_built_in_rubrics_show_and_test_every_verdict(name: str, tag: str, shown: str) -> None:
    rubric = load_rubric(name)
    verdicts = [example.verdict for example in getattr(rubric.languages[tag], shown)]
    if isinstance(rubric.scale, ChecklistScale):
        for item in rubric.scale.items:
            assert {verdict[item] for verdict in verdicts if isinstance(verdict, dict)} == {"pass", "fail"}, item
    elif shown == "tests":
        assert set(map(str, verdicts)) == set(rubric.scale.labels)


def test_no_example_of_a_built_in_rubric_is_one_of_its_tests() -> None:
    for name in BUILT_IN:
        for text in load_rubric(name).languages.values():
            replies = {(str(example.context), example.reply) for example in text.examples}
            assert not replies & {(str(test.context), test.reply) for test in text.tests}


@pytest.mark.parametrize("name", sorted(BUILT_IN))
async def test_a_judge_that_is_always_right_passes_the_tests_of_a_built_in_rubric(name: str) -> None:
    """Every test can be judged: none lacks what the rubric requires, and each verdict can be given."""
    rubric = load_rubric(name)
    tested = await rubric_test(rubric, ScriptedJudgeModel(dict.fromkeys(("yes", "да", "ask", "уточняет"), 0.9)))
    assert {case.verdict.status for case in tested} == {"ok"}
    assert len(tested) == sum(len(text.tests) for text in rubric.languages.values())


def test_the_json_schema_takes_the_built_in_rubrics_and_refuses_an_unknown_field() -> None:
    schema = rubric_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for name in builtin_rubric_names():
        fields = yaml.safe_load((BUILTIN / f"{name}.yaml").read_text(encoding="utf-8"))
        jsonschema.validate(fields, schema)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(fields | {"qestion": "?"}, schema)


def test_the_rubrics_of_the_guide_can_be_loaded(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    whole = next(block for block in blocks if "name: upselling" in block)
    assert load(tmp_path, whole).name == "upselling"

    german = next(block for block in blocks if "de:" in block)
    rubric = load(tmp_path, f"name: freundlich\nscale: {{kind: binary}}\n{german}")
    assert rubric.answers("de").listed() == "ja oder nein"

    scales = next(block for block in blocks if "kind: ordinal" in block).split("\n\n")
    kinds = [TypeAdapter(Scale).validate_python(yaml.safe_load(scale)["scale"]) for scale in scales]
    assert not [fault for scale in kinds for fault in scale.faults()]
    assert len({scale.kind for scale in kinds}) == 5
