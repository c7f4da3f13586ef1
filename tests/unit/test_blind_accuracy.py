"""The blind test's figures: held against scipy, statsmodels, matrices that define them, and simulated raters."""

from __future__ import annotations

import numpy as np
import pytest
from blind_material import answer
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from benchmarks.blind_test import Spreads, coverage_of, false_findings
from reports.blind.accuracy import Accuracy, accuracy_of
from reports.blind.answers import JudgeSheet, RaterSheet
from reports.blind.results import BlindResults, blind_results
from reports.pages.blind_text import blind_lines
from reports.statistics.clusters import robust_errors, sum_by_dialogue
from reports.statistics.crossed import crossed_errors
from reports.statistics.power import answers_needed


def accuracy(*scores: float, rater: str = "anna") -> Accuracy:
    found = accuracy_of([answer(score, number, rater) for number, score in enumerate(scores)])
    assert found is not None
    return found


def test_one_answer_a_dialogue_is_the_binomial_test_and_near_wilsons_interval() -> None:
    found = accuracy(*[1.0] * 60, *[0.0] * 40)
    assert found.p_value == pytest.approx(stats.binomtest(60, 100).pvalue)
    low, high = proportion_confint(60, 100, method="wilson")
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=0.005)
    assert (found.right, found.answers, found.dialogues, found.raters) == (60, 100, 100, 1)


def test_raters_who_think_alike_are_no_further_evidence() -> None:
    alone = accuracy(*[1.0] * 14, *[0.0] * 6)
    three = accuracy_of([answer(float(n < 14), n, rater) for rater in "abc" for n in range(20)])
    assert three is not None and three.interval is not None and alone.interval is not None
    assert three.p_value == pytest.approx(alone.p_value)
    assert stats.binomtest(42, 60).pvalue < alone.p_value / 10
    assert three.interval.half_width == pytest.approx(alone.interval.half_width, rel=0.01)


def test_a_judge_whose_answers_turn_with_the_order_is_at_chance() -> None:
    found = accuracy(*[0.5] * 30)
    assert (found.share, found.p_value, found.right) == (0.5, 1.0, 15)


def test_standings() -> None:
    assert accuracy(*[1.0] * 70, *[0.0] * 30).standing == "told_apart"
    assert accuracy(*[1.0] * 30, *[0.0] * 70).standing == "mistaken"
    level = accuracy(*[1.0, 0.0] * 100)
    assert (level.standing, level.further) == ("not_told_apart", None)
    few = accuracy(*[1.0] * 6, *[0.0] * 4)
    assert few.standing == "open" and few.further == answers_needed(0.65) - 10
    assert accuracy(1.0, 1.0).interval is None and accuracy(1.0, 1.0).standing == "open"
    assert accuracy_of([]) is None


def test_all_right_is_no_certainty() -> None:
    found = accuracy(*[1.0] * 12)
    assert found.interval is not None and found.interval.high == 1 and 0.6 < found.interval.low < 0.85
    assert found.standing == "told_apart"


def test_likeness_within_dialogues_asks_for_more_answers() -> None:
    rng = np.random.default_rng(3)
    right = rng.random(12) < 0.55
    alike = accuracy_of([answer(float(right[n]), n, rater) for rater in "abcd" for n in range(12)])
    assert alike is not None
    assert alike.further is None or alike.further > answers_needed(0.65) - 48


@pytest.mark.parametrize("share", [0.6, 0.65, 0.7, 0.8])
def test_the_needed_answers_give_the_power_that_is_promised(share: float) -> None:
    number = answers_needed(share)
    rights = np.arange(number + 1)
    found = np.array([stats.binomtest(int(right), number).pvalue < 0.05 for right in rights])
    power = stats.binom.pmf(rights, number, share)[found].sum()
    assert (
        0.72 < power < 0.86
    )  # the exact test is a step function: some answers fewer or more move it by several points
    assert answers_needed(share) > answers_needed(share + 0.05)


def test_crossed_errors_are_those_of_the_matrices_that_define_them() -> None:
    rng = np.random.default_rng(5)
    dialogues = np.tile(np.arange(12, dtype=np.int32), 6)
    raters = np.repeat(np.arange(6, dtype=np.int32), 12)
    values = rng.normal(size=12)[dialogues] + rng.normal(size=6)[raters] + rng.normal(size=72)
    # With groups of one size CR2 is the plain sandwich times G / (G - 1).
    residuals = values - values.mean()
    same = {
        "dialogue": np.equal.outer(dialogues, dialogues),
        "rater": np.equal.outer(raters, raters),
        "both": np.equal.outer(np.arange(72), np.arange(72)),
    }
    sizes = {"dialogue": 12, "rater": 6, "both": 72}
    parts = {name: g / (g - 1) * residuals @ same[name] @ residuals / 72**2 for name, g in sizes.items()}
    expected = max(parts["dialogue"] + parts["rater"] - parts["both"], parts["dialogue"], parts["rater"])
    found = crossed_errors(values[np.newaxis], dialogues, raters)
    assert found.errors[0] ** 2 == pytest.approx(expected)
    assert 1 <= found.freedom[0] <= 11
    alone = crossed_errors(values[np.newaxis], dialogues, np.zeros(72, np.int32))
    assert np.isnan(alone.errors[0])


def test_crossed_errors_are_never_below_those_by_dialogue() -> None:
    rng = np.random.default_rng(9)
    dialogues, raters = np.tile(np.arange(10, dtype=np.int32), 6), np.repeat(np.arange(6, dtype=np.int32), 10)
    values = (rng.random((50, 60)) < 0.6).astype(float)
    plain = robust_errors(sum_by_dialogue(values, dialogues)).errors
    assert (crossed_errors(values, dialogues, raters).errors >= plain - 1e-12).all()


def test_intervals_hold_the_truth_in_simulated_tests() -> None:
    found = coverage_of(raters=8, dialogues=30, a_rater=20, runs=120, spreads=Spreads(0.4, 0.5, 0.5))
    assert found.crossed > 0.88
    assert found.these_raters > 0.88
    assert found.as_if_independent < 0.8


def test_the_exact_test_holds_its_level_where_raters_share_a_taste() -> None:
    found = false_findings(raters=4, dialogues=30, runs=120)
    assert found.by_dialogue < 0.1
    assert found.binomial > 0.15


def sheets() -> list[RaterSheet]:
    rng = np.random.default_rng(2)
    sheets = []
    for number, name in enumerate(["anna", "boris", "clara", "dmitri", "eve", "bot"]):
        skill = 0.5 if name == "bot" else 0.75
        answers = [
            answer(float(rng.random() < skill), n, name, ("june", "kim")[n % 2], confidence=1 + n % 3)
            for n in range(30)
        ]
        passed = 1 if name == "bot" else 3
        sheets.append(RaterSheet(name, answers, 3, passed, knows_person=number < 3, seconds=8.4))
    return sheets


def judge_sheet() -> JudgeSheet:
    answers = [answer((1.0, 0.5, 0.0)[n % 3], n, "judge", ("june", "kim")[n % 2]) for n in range(30)]
    return JudgeSheet("tiny@1234 (which_is_the_person)", answers, inconsistent=10, unread=2)


def results() -> BlindResults:
    return blind_results("2026-run", sheets(), [judge_sheet()], outdated=4)


def test_inattentive_raters_are_left_out_but_shown() -> None:
    found = results()
    assert found.together is not None and found.with_inattentive is not None
    assert (found.together.raters, found.together.answers) == (5, 150)
    assert (found.with_inattentive.raters, found.with_inattentive.answers) == (6, 180)
    assert [rater.name for rater in found.raters if not rater.attentive] == ["bot"]
    assert found.acquaintances is not None and found.acquaintances.raters == 3
    assert found.strangers is not None and found.strangers.raters == 2
    assert {name: each.answers for name, each in found.candidates.items()} == {"june": 75, "kim": 75}
    assert {level: each.answers for level, each in found.by_confidence.items()} == {1: 50, 2: 50, 3: 50}
    assert found.together.interval_of_raters is not None and found.together.interval is not None
    assert found.strangers.interval_of_raters is None


def test_a_judge_stands_beside_the_people_on_the_questions_of_both() -> None:
    (judge,) = results().judges
    assert judge.accuracy is not None and judge.accuracy.share == pytest.approx(0.5)
    assert judge.beside_people is not None and judge.beside_people.questions == 30
    people = [np.mean([s.answers[n].score for s in sheets()[:5]]) for n in range(30)]
    assert judge.beside_people.people == pytest.approx(np.mean(people))
    assert judge.beside_people.difference == pytest.approx(0.5 - np.mean(people))
    elsewhere = JudgeSheet("other", [answer(1.0, 99, "judge")], 0, 0)
    assert blind_results("run", sheets(), [elsewhere]).judges[0].beside_people is None


def test_two_candidates_are_told_apart_from_real_replies() -> None:
    both = [*sheets()[0].answers, *(answer(1.0, n, contest="june / kim") for n in range(10))]
    found = blind_results("run", [RaterSheet("anna", both)], [])
    assert found.together is not None and found.together.answers == 30
    assert found.taken_for_the_person["june / kim"].share == 1
    text = "\n".join(blind_lines(found))
    assert "june rather than kim" in text and "the first more often" in text


@pytest.mark.parametrize(
    ("language", "words"), [("en", "attention checks passed"), ("ru", "проверок внимания пройдено")]
)
def test_the_report_says_all_of_it_in_both_languages(language: str, words: str) -> None:
    text = "\n".join(blind_lines(results(), language))
    for name in ("anna", "bot", "june", "kim", "tiny@1234", "85", "30", "2026-run", words):
        assert name in text
    assert "None" not in text and "nan" not in text and "{" not in text
    assert ("−0,2" in text or "−0,1" in text) == (language == "ru")
    rows = text.split("\n\n")[1].splitlines()
    end_of_shares = rows[0].index("share" if language == "en" else "доля") + len(
        "share" if language == "en" else "доля"
    )
    assert {row[end_of_shares - 1] for row in rows[1:] if "%" in row} == {"%"}


def test_names_cannot_steer_the_terminal() -> None:
    sheet = RaterSheet("a\x1b[31m\nb", [answer(1.0, n) for n in range(6)])
    text = "\n".join(blind_lines(blind_results("run", [sheet], [])))
    assert "\x1b" not in text and "␛[31m" in text


@pytest.mark.parametrize(("language", "mark"), [("en", "LEAK"), ("ru", "УТЕЧКА")])
def test_a_suite_with_leaks_is_marked(language: str, mark: str) -> None:
    leaky = results().model_copy(update={"has_leak": True})
    assert mark in "\n".join(blind_lines(leaky, language))
    assert mark not in "\n".join(blind_lines(results(), language))
