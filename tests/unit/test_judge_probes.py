"""Probes: the figures of judges whose weakness is known exactly, their intervals, and what cannot be measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from biased_judges import BiasedJudgeModel, goes_by, goes_by_references, likes_length, likes_the_first_answer
from judge_models import HOUSE_RUBRIC, ScriptedJudgeModel, case_of

from judges.loading import load_rubric
from judges.pair_verdict import OrderedReading, PairVerdict
from judges.probes.figures import (
    Judged,
    ProbeFigure,
    changed,
    figure_of,
    interval_of_one_value,
    mean_figure,
    shift_on,
)
from judges.probes.pair_probing import ProbedPair, first_place, preference_for_second, probe_pairs
from judges.probes.probing import ProbedReply, probe
from judges.rubrics.rubric import Rubric
from judges.verdict import ItemVerdict, Verdict

CONTEXTS = 20


def replies(*, references: bool = False) -> list[ProbedReply]:
    """A good and a bad reply to each of 20 contexts."""
    found = []
    for number in range(CONTEXTS):
        known = {"references": (f"Good {number}.",)} if references else {}
        case = case_of(("user", f"{number}?"), **known).model_copy(update={"dialogue_id": str(number)})
        found += [ProbedReply(case, f"Good {number}.", good=True), ProbedReply(case, f"Bad {number}.", good=False)]
    return found


def house(folder: Path, more: str = "", **changes: str) -> Rubric:
    text = HOUSE_RUBRIC
    for old, new in changes.items():
        text = text.replace(old, new)
    file = folder / "house.yaml"
    file.write_text(text + more, encoding="utf-8")
    return load_rubric(file)


async def figures(
    rubric: Rubric, model: BiasedJudgeModel | ScriptedJudgeModel, probed: list[ProbedReply] | None = None
) -> dict[tuple[str, str, str], ProbeFigure]:
    found = await probe(rubric, model, probed or replies())
    assert len({(each.weakness, each.change, each.quantity) for each in found}) == len(found)
    return {(each.weakness, each.change, each.quantity): each for each in found}


def value(found: dict[tuple[str, str, str], ProbeFigure], *key: str) -> float | None:
    return found[key].value  # type: ignore[index]


@pytest.mark.parametrize(
    ("by", "gain", "turns"), [(1.0, 1.0, 1.0), (0.75, 0.5, 1.0), (0.5, 0.0, 1.0), (0.0, -1.0, 1.0)]
)
async def test_a_judge_that_takes_the_first_answer(by: float, gain: float, turns: float, tmp_path: Path) -> None:
    found = await figures(house(tmp_path), BiasedJudgeModel(likes_the_first_answer(by)))
    assert value(found, "position", "answers turned", "first_place") == pytest.approx(gain)
    assert value(found, "self_consistency", "answers turned", "changed") == turns
    assert value(found, "length", "padded", "shift") == 0
    assert value(found, "self_consistency", "asked again", "changed") == 0
    first = found["position", "answers turned", "first_place"]
    assert (first.replies, first.contexts, first.without_verdict) == (40, 20, 0)
    assert first.is_found == (gain != 0)


async def test_a_judge_that_takes_the_first_answer_to_each_item_of_a_checklist(tmp_path: Path) -> None:
    scale = {
        "{kind: binary}": "{kind: checklist, items: {polite: 1, asks: 3}}",
        "pass: it is good\n      fail: it is bad": "polite: Polite?\n      asks: Does it ask?",
    }
    file = tmp_path / "list.yaml"
    text = HOUSE_RUBRIC
    for old, new in scale.items():
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    found = await figures(load_rubric(file), BiasedJudgeModel(likes_the_first_answer(1.0)))
    assert value(found, "position", "answers turned", "first_place") == 1
    assert value(found, "self_consistency", "answers turned", "changed") == 1


async def test_a_judge_that_likes_length(tmp_path: Path) -> None:
    found = await figures(house(tmp_path), BiasedJudgeModel(likes_length(10)))
    assert value(found, "length", "padded", "shift") == 1
    assert value(found, "length", "padded", "changed") == 1
    assert found["length", "padded", "shift"].is_found
    assert value(found, "format", "in markdown", "shift") == 0
    assert value(found, "position", "answers turned", "first_place") == 0


async def test_a_judge_that_likes_emoji_and_dislikes_markdown(tmp_path: Path) -> None:
    emoji = await figures(house(tmp_path), BiasedJudgeModel(goes_by("😊")))
    assert value(emoji, "format", "with emoji", "shift") == 1
    assert value(emoji, "format", "in markdown", "shift") == 0
    plain = await figures(house(tmp_path), BiasedJudgeModel(goes_by(r"^[^*]*$")))
    assert value(plain, "format", "in markdown", "shift") == -1
    assert value(plain, "format", "with emoji", "shift") == 0


async def test_a_judge_that_prefers_what_it_says_itself(tmp_path: Path) -> None:
    found = await figures(house(tmp_path), BiasedJudgeModel(goes_by("Mine"), own_reply="Mine."))
    own = found["self_preference", "its own reply for a good one", "shift"]
    assert (own.value, own.replies) == (1, CONTEXTS)  # good replies only
    fair = await figures(house(tmp_path), BiasedJudgeModel(goes_by("Good"), own_reply="Mine."))
    assert value(fair, "self_preference", "its own reply for a good one", "shift") == -1
    mute = await figures(house(tmp_path), BiasedJudgeModel(goes_by("Good"), own_reply=" "))
    assert mute["self_preference", "its own reply for a good one", "shift"].reason == "there is no such reply"


async def test_a_judge_that_clings_to_the_words_of_the_question() -> None:
    rubric = load_rubric("leads_dialogue")
    asked = rubric.languages["en"].question
    found = await figures(rubric, BiasedJudgeModel(lambda seen: float(asked in seen.task)))
    assert value(found, "self_consistency", "question rephrased", "changed") == 1
    assert value(found, "self_consistency", "asked again", "changed") == 0


async def test_a_judge_that_prefers_russian() -> None:
    found = await figures(load_rubric("style"), BiasedJudgeModel(goes_by("[а-яё]")))
    russian = found["language", "Russian for English", "shift"]
    assert (russian.value, russian.is_found) == (1, True)
    assert russian.contexts >= 12
    blind = await figures(load_rubric("style"), BiasedJudgeModel(lambda _: 0.3))
    assert value(blind, "language", "Russian for English", "shift") == pytest.approx(0)


async def test_a_judge_that_is_anchored_on_the_references() -> None:
    found = await figures(load_rubric("correctness"), BiasedJudgeModel(goes_by_references), replies(references=True))
    assert value(found, "anchoring", "without references", "shift") == -0.5  # the bad half failed before
    assert value(found, "anchoring", "without references", "changed") == 0.5
    assert value(found, "anchoring", "good reply, wrong references", "shift") == -1
    assert found["anchoring", "good reply, wrong references", "shift"].replies == CONTEXTS


async def test_a_judge_without_any_of_the_weaknesses() -> None:
    found = await figures(load_rubric("correctness"), BiasedJudgeModel(goes_by("Good")), replies(references=True))
    for key, figure in found.items():
        if key[0] not in ("self_preference", "language"):
            assert figure.value == 0, key
            assert not figure.is_found
            assert figure.interval is not None and figure.interval.high > 0.1  # 20 contexts prove little


async def test_what_a_rubric_does_not_allow_is_no_number_and_says_why(tmp_path: Path) -> None:
    found = await figures(house(tmp_path), BiasedJudgeModel(goes_by("Good")))
    reasons = {key[:2]: figure.reason for key, figure in found.items() if figure.value is None}
    assert reasons == {
        ("self_consistency", "question rephrased"): "the rubric brings no `rephrased` question in this language",
        ("language", "Russian for English"): "the rubric is not in both English and Russian",
        ("anchoring", "without references"): "the judge sees no references",
    }
    german = [ProbedReply(each.case.model_copy(update={"language": "de"}), each.reply, each.good) for each in replies()]
    assert (await figures(house(tmp_path), BiasedJudgeModel(goes_by("Good")), german))[
        "length", "padded", "shift"
    ].reason == "there is no such reply"
    numeric = house(
        tmp_path,
        "readout: {kind: free_text}\n",
        **{"{kind: binary}": "{kind: numeric, highest: 100}", "pass:": "0:", "fail:": "100:"},
    )
    numbers = await figures(numeric, ScriptedJudgeModel(text="Verdict: 70"))
    for key in (("position", "answers turned", "first_place"), ("self_consistency", "answers turned", "changed")):
        assert numbers[key].reason == "the answers are numbers, not a list"
    assert value(numbers, "length", "padded", "shift") == 0


async def test_replies_without_a_verdict_are_counted_and_left_out(tmp_path: Path) -> None:
    found = await figures(house(tmp_path), ScriptedJudgeModel())
    padded = found["length", "padded", "shift"]
    assert (padded.value, padded.without_verdict, padded.reason) == (None, 40, "no reply has both verdicts")


def verdict(score: float | None = 1.0, **fields: object) -> Verdict:
    status = {} if score is not None else {"status": "unparsed", "reason": "?"}
    return Verdict.model_validate({"rubric": "r", "signature": "s", "score": score, **status, **fields})


def test_the_arithmetic_of_a_changed_verdict() -> None:
    before, after = verdict(4.0, label="4"), verdict(2.0, label="2")
    assert shift_on((1, 5))(Judged("c", before, after)) == -0.5
    assert changed(Judged("c", before, after)) == 1
    items = [ItemVerdict(item=name, label="pass", score=1) for name in "abcd"]
    other = [items[0], *(item.model_copy(update={"label": "fail"}) for item in items[1:2]), *items[2:]]
    assert changed(Judged("c", verdict(items=tuple(items)), verdict(items=tuple(other)))) == 0.25


def test_an_interval_draws_whole_contexts() -> None:
    """Ten replies to one context say no more than one: the interval is as wide as with the contexts alone."""
    once = np.array([0.0, 1.0] * 15)
    often = np.repeat(once, 10)
    empty = ProbeFigure(weakness="length", change="padded", quantity="changed", value=None)
    single = mean_figure(empty, once, [str(number) for number in range(30)])
    repeated = mean_figure(empty, often, [str(number) for number in range(30) for _ in range(10)])
    assert single.interval == repeated.interval
    assert (repeated.replies, repeated.contexts) == (300, 30)
    assert single.interval is not None
    assert single.interval.high - single.interval.low == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 30), rel=0.15)


def test_an_interval_of_equal_values_is_that_of_clopper_and_pearson() -> None:
    from scipy.stats import binomtest

    for contexts in (5, 20, 300):
        exact = binomtest(0, contexts).proportion_ci(0.95, method="exact")
        assert interval_of_one_value(0.0, contexts, (0, 1)).high == pytest.approx(exact.high)
        assert interval_of_one_value(0.0, contexts, (0, 1)).low == 0
        exact = binomtest(contexts, contexts).proportion_ci(0.95, method="exact")
        assert interval_of_one_value(1.0, contexts, (0, 1)).low == pytest.approx(exact.low)
    assert interval_of_one_value(0.0, 20, (-1, 1)).low == -interval_of_one_value(0.0, 20, (-1, 1)).high


def test_few_contexts_have_no_interval() -> None:
    judged = [Judged(str(number), verdict(label="a"), verdict(label="b")) for number in range(4)]
    figure = figure_of("length", "padded", "changed", judged, changed)
    assert (figure.value, figure.interval) == (1, None)
    assert figure.reason is not None and "fewer than 5 contexts" in figure.reason


PAIR = HOUSE_RUBRIC.replace("{kind: binary}", "{kind: pair, ties: false}").replace("pass:", "first:")
PAIR = PAIR.replace("fail:", "second:")


def pairs() -> list[ProbedPair]:
    good_and_bad = replies()
    return [
        ProbedPair(one.case, one.reply, other.reply)
        for one, other in zip(good_and_bad[::2], good_and_bad[1::2], strict=True)
    ]


async def pair_figures(
    folder: Path, model: BiasedJudgeModel, text: str = PAIR
) -> dict[tuple[str, str, str], ProbeFigure]:
    file = folder / "pair.yaml"
    file.write_text(text, encoding="utf-8")
    found = await probe_pairs(load_rubric(file), model, pairs())
    return {(each.weakness, each.change, each.quantity): each for each in found}


def shown_first(seen: object) -> float:
    return 1.0


async def test_a_judge_of_pairs_that_takes_the_first_reply(tmp_path: Path) -> None:
    found = await pair_figures(tmp_path, BiasedJudgeModel(shown_first))
    assert value(found, "position", "replies turned", "first_place") == 1
    assert value(found, "position", "replies turned", "changed") == 1
    assert value(found, "length", "padded", "shift") == 0
    assert value(found, "self_consistency", "asked again", "changed") == 0


async def test_a_judge_of_pairs_that_takes_the_first_answer(tmp_path: Path) -> None:
    found = await pair_figures(tmp_path, BiasedJudgeModel(lambda seen: float(seen.first_listed("1", "2") == "1")))
    assert value(found, "self_consistency", "answers turned", "changed") == 1
    assert value(found, "self_consistency", "asked again", "changed") == 0
    by_place = await pair_figures(tmp_path, BiasedJudgeModel(shown_first))
    assert value(by_place, "self_consistency", "answers turned", "changed") == 0


async def test_a_pair_is_rephrased_in_its_own_language_or_it_is_said_why_not(tmp_path: Path) -> None:
    russian = "  ru:\n    question: Какой лучше?\n    anchors: {first: первый, second: второй}\n"
    key = ("self_consistency", "question rephrased", "changed")
    brought = PAIR.replace("    anchors:", "    rephrased: [Which one?]\n    anchors:", 1)
    there = await pair_figures(tmp_path, BiasedJudgeModel(shown_first), brought + russian)
    assert there[key].value == 0
    lacking = await pair_figures(
        tmp_path, BiasedJudgeModel(shown_first), PAIR + russian.replace("anchors", "rephrased: [Какой?]\n    anchors")
    )
    assert lacking[key].value is None
    assert lacking[key].reason == "the rubric brings no `rephrased` question in this language"


async def test_a_judge_of_pairs_that_takes_the_longer_reply(tmp_path: Path) -> None:
    model = BiasedJudgeModel(lambda seen: longer_first(seen.parts))
    found = await pair_figures(tmp_path, model)
    assert value(found, "length", "padded", "shift") == 1
    assert value(found, "format", "with emoji", "shift") == 1
    assert value(found, "position", "replies turned", "first_place") == 0
    assert value(found, "self_preference", "its own reply for a good one", "shift") == pytest.approx(-1, abs=1)


def longer_first(parts: object) -> float:
    assert isinstance(parts, dict)
    first, second = (len(text) for tag, text in sorted(parts.items()) if tag.startswith("reply"))
    return 0.5 if first == second else float(first > second)


def test_the_arithmetic_of_a_pair() -> None:
    def judged(straight: str, turned: str, preference: float) -> PairVerdict:
        orders = (OrderedReading(label=straight), OrderedReading(label=turned))
        outcome = straight if straight == turned else "inconsistent"
        return PairVerdict(rubric="r", outcome=outcome, preference=preference, orders=orders, signature="s")

    assert first_place(judged("first", "second", 0.5)) == 1
    assert first_place(judged("second", "first", 0.5)) == -1
    assert first_place(judged("first", "tie", 0.75)) == 0.5
    assert first_place(judged("first", "first", 1.0)) == 0
    assert preference_for_second(judged("second", "second", 0.0)) == 1
    assert preference_for_second(judged("tie", "tie", 0.5)) == 0
