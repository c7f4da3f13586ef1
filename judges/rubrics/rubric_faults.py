"""What can be wrong in a rubric whose fields are each right: points without an anchor, answers that cannot be told
apart, examples off the scale, places that nothing fills."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import get_args

from judges.prompting.substitution import places
from judges.readouts.answers import Answers
from judges.readouts.readout import in_turn
from judges.rubrics.rubric import Rubric, RubricExample, RubricText, Sight
from judges.rubrics.scale import ChecklistScale, Fault, LabelScale, NumericScale, PairScale, off_scale
from suites.dialogue import Expectation
from suites.userfile import FieldPath, unknown_name

_OTHER_READOUTS = "`readout: {kind: free_text}`, `{kind: sampled_label}` or `{kind: json}`"

_EXAMPLE_PARTS = ("references", "expectation", "persona", "facts")


def faults_of(rubric: Rubric) -> Iterator[Fault]:
    """Everything that is wrong, as (sentence, field), in the order of the file's fields."""
    for problem, field in rubric.scale.faults():
        yield problem, ("scale", *field)
    yield from _faults_of_sight(rubric)
    yield from _faults_of_readout(rubric)
    yield from _faults_of_reasons(rubric)
    for tag, text in rubric.languages.items():
        for problem, field in _faults_of_text(rubric, tag, text):
            yield problem, ("languages", tag, *field)


def _faults_of_readout(rubric: Rubric) -> Iterator[Fault]:
    if rubric.reads_probabilities and not rubric.scale.labels:
        yield (
            "the probabilities of first tokens cannot read this numeric scale (only whole numbers from 0 to 9); "
            f"set {_OTHER_READOUTS}",
            ("scale",),
        )
    kinds = [readout.kind for readout in in_turn(rubric.readout)]
    for index, kind in enumerate(kinds):
        if kind in kinds[:index]:
            yield (
                f"falls back on {kind}, which has failed by then; name another kind of readout",
                ("readout", *["fallback"] * index, "kind"),
            )


def _faults_of_reasons(rubric: Rubric) -> Iterator[Fault]:
    scale = rubric.scale
    has_no_best = isinstance(scale, PairScale) or (isinstance(scale, LabelScale) and scale.correct)
    if rubric.reasons == "faults" and has_no_best:
        yield "no label of this scale is the best one whatever the case; say `all` or `none`", ("reasons",)


def _faults_of_sight(rubric: Rubric) -> Iterator[Fault]:
    if "reply" not in rubric.sees:
        yield "must name `reply`, which is what is judged", ("sees",)
    for index, part in enumerate(rubric.sees):
        if part in rubric.sees[:index]:
            yield f"'{part}' is listed twice", ("sees", index)
    if "system" in rubric.sees and "facts" in rubric.sees:
        yield "name either `system` or `facts`: the system prompt holds the facts already", ("sees",)
    for index, part in enumerate(rubric.requires):
        if part not in rubric.sees:
            yield f"the judge does not see '{part}'; add it to `sees`", ("requires", index)


def _faults_of_text(rubric: Rubric, tag: str, text: RubricText) -> Iterator[Fault]:
    yield from _faults_of_anchors(rubric, text)
    for label in text.answers:
        if label not in rubric.scale.labels:
            yield f"'{label}' is not on the scale: {', '.join(rubric.scale.labels)}", ("answers", label)
    wording = rubric.wording(tag)
    if wording is None:
        yield (
            f"prompts have no fixed words in '{tag}'; give them under `wording` (docs/rubrics.md lists them)",
            ("wording",),
        )
        return
    if rubric.reasons != "none" and wording.why is None:
        yield "needs `why`, the words that ask for a reason, since `reasons` wants some", ("wording",)
    yield from _faults_of_answers(rubric.answers(tag), by_first_letter=rubric.reads_probabilities)
    yield from _faults_of_places(text)
    yield from _faults_of_shown_reasons(rubric, text)
    for field, examples in (("examples", text.examples), ("tests", text.tests)):
        for index, example in enumerate(examples):
            for problem, inner in _faults_of_example(rubric, example):
                yield problem, (field, index, *inner)


def _faults_of_anchors(rubric: Rubric, text: RubricText) -> Iterator[Fault]:
    names = rubric.scale.anchor_names
    for name in names:
        if name not in text.anchors:
            yield f"'{name}' of the scale has no anchor text", ("anchors",)
    for name in text.anchors:
        if name not in names:
            yield unknown_name(name, names, "point on the scale"), ("anchors", name)


def _faults_of_answers(answers: Answers, *, by_first_letter: bool) -> Iterator[Fault]:
    for label, other in combinations(answers.words, 2):
        word, other_word = answers.words[label], answers.words[other]
        if word.casefold() == other_word.casefold():
            yield f"'{label}' and '{other}' are both answered with '{word}'", ("answers",)
        elif by_first_letter and word[0].casefold() == other_word[0].casefold():
            yield (
                f"the answers '{word}' and '{other_word}' begin with the same letter, so the first token may not tell "
                f"them apart; give other `answers`, or set {_OTHER_READOUTS}",
                ("answers",),
            )


def _faults_of_places(text: RubricText) -> Iterator[Fault]:
    """Rubrics are no templates: `{reply}` in a question would reach the judge as it stands."""
    texts: dict[FieldPath, str] = {("question",): text.question}
    texts |= {("anchors", name): anchor for name, anchor in text.anchors.items()}
    for field, content in texts.items():
        for place in places(content):
            if place in get_args(Sight):
                yield f"'{{{place}}}' is not filled in here; name what the judge sees in `sees`", field
    for place in places(text.instruction or ""):
        if place != "answers":
            yield f"'{{{place}}}' is not filled in; the only place is {{answers}}", ("instruction",)


def _faults_of_shown_reasons(rubric: Rubric, text: RubricText) -> Iterator[Fault]:
    """Where no anchor can stand for the reason that an example lacks, a judge would learn to give none."""
    if "json" in rubric.readout_kinds.split(">") and isinstance(rubric.scale, ChecklistScale | NumericScale):
        for index, example in enumerate(text.examples):
            if example.reason is None:
                yield "lacks a `reason`, which the judge is to give before its verdict", ("examples", index)


def _faults_of_example(rubric: Rubric, example: RubricExample) -> Iterator[Fault]:
    wanted, unwanted = ("replies", "reply") if rubric.compares_pairs else ("reply", "replies")
    if unwanted in example.model_fields_set:
        meant = "two replies under `replies`" if rubric.compares_pairs else "one reply under `reply`"
        yield f"the scale is {rubric.scale.kind}, so give {meant}", (unwanted,)
    elif wanted not in example.model_fields_set:
        yield f"lacks `{wanted}`", ()
    problem = off_scale(rubric.scale, example.verdict)
    if problem:
        yield problem, ("verdict",)
    for part in _EXAMPLE_PARTS:
        given = getattr(example, part) not in ((), None, Expectation())
        if given and part not in rubric.sees:
            yield f"the judge does not see it; add '{part}' to `sees`", (part,)
        elif part in rubric.requires and not given:
            yield f"lacks '{part}', which `requires` names", ()
