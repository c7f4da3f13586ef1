"""Figures beside lines: tests that agree with intervals and with published ones, and the errors of whole policies, simulated."""

from __future__ import annotations

import numpy as np
import pytest
from clustered_values import alone, clustered, grouped
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

from benchmarks.gate_errors import each_alone, overall
from benchmarks.gate_worlds import decisions, policy, simulated
from reports.gating import decisions as deciding
from reports.gating.decisions import BLOCK_LEVEL, Decision, LineTest, decide, side_of
from reports.statistics.clusters import ClusterSums, Interval
from reports.statistics.intervals import intervals_of_means
from reports.statistics.lines import place_differences, place_means, with_rare_differences

UP, DOWN = np.ones(1), -np.ones(1)


def values(seed: int, dialogues: int = 40) -> tuple[np.ndarray, np.ndarray]:
    return clustered(np.random.default_rng(seed), dialogues, 0.3)


@pytest.mark.parametrize(
    ("scale", "made"),
    [
        (None, lambda v: v),
        (None, np.exp),
        ((0.0, 1.0), lambda v: (v > 0).astype(float)),
        ((1.0, 5.0), lambda v: np.clip(np.round(3 + v), 1, 5)),
    ],
)
def test_the_ends_of_an_interval_are_where_the_p_value_is_two_and_a_half_percent(scale, made) -> None:  # type: ignore[no-untyped-def]
    raw, dialogues = values(3)
    groups = grouped(made(raw), dialogues)
    (interval,) = intervals_of_means(groups, [scale])
    assert interval is not None
    low = place_means(groups, [scale], np.array([interval.low]))
    high = place_means(groups, [scale], np.array([interval.high]))
    assert low.p_values(DOWN)[0] == pytest.approx(0.025, abs=1e-6)
    assert high.p_values(UP)[0] == pytest.approx(0.025, abs=1e-6)


@pytest.mark.parametrize("wins", [2, 58])
def test_near_the_ends_of_a_scale_lines_keep_equal_tails(wins: int) -> None:
    groups = alone((np.arange(60) < wins).astype(float))
    (interval,) = place_means(groups, [(0.0, 1.0)], np.zeros(1)).intervals
    assert interval is not None
    for line, side in ((interval.low, DOWN), (interval.high, UP)):
        assert place_means(groups, [(0.0, 1.0)], np.array([line])).p_values(side)[0] == pytest.approx(0.025, abs=1e-6)
    assert intervals_of_means(groups, [(0.0, 1.0)]) != [interval]  # as reports show it


def test_without_clusters_a_margin_is_student_s_one_sided_t_test() -> None:
    drawn = np.random.default_rng(1).normal(-0.1, 1, 60)
    placed = place_differences(alone(drawn), np.array([-0.3]))
    published = stats.ttest_1samp(drawn, -0.3, alternative="less").pvalue
    assert placed.p_values(UP)[0] == pytest.approx(published, rel=1e-9)


def test_without_clusters_a_floor_is_the_score_test_of_a_share() -> None:
    yes = np.repeat([1.0, 0.0], [70, 30])
    distance = place_means(alone(yes), [(0, 1)], np.array([0.8])).distances[0]
    z, _ = proportions_ztest(70, 100, 0.8, prop_var=0.8)
    assert distance == pytest.approx(z * np.sqrt(99 / 100), rel=1e-9)  # errors here divide by 99


def test_pairs_that_differ_seldom_are_bonett_and_price_s() -> None:
    # Of 50 single-case dialogues 1 is won and 4 are lost: the adjusted Wald interval adds one to each and two to all.
    differences = np.repeat([1.0, -1.0, 0.0], [1, 4, 45])
    padded = with_rare_differences(alone(differences), 1.0)
    won, lost, count = 2 / 52, 5 / 52, 52
    error = np.sqrt((won + lost - (won - lost) ** 2) / count)
    placed = place_differences(padded, np.zeros(1))
    assert placed.estimates[0] == pytest.approx(won - lost)
    assert placed.distances[0] == pytest.approx((won - lost) / (error * np.sqrt(count / (count - 1))))


def test_where_nothing_differs_a_small_margin_is_not_shown() -> None:
    same = alone(np.zeros(30))
    for margin, outcome in ((0.05, "inconclusive"), (0.3, "pass")):
        (test,) = deciding.tests_of_differences(same, np.array([-margin]), UP, span=1.0)
        assert decide([test])[0].outcome == outcome


def line_test(p_value: float, low: float, high: float) -> LineTest:
    interval = Interval(low=low, high=high)
    return LineTest((low + high) / 2, 0.0, 1, interval, interval, p_value, (-2.0, -2.0), 100, True)


@settings(max_examples=25)
@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=12))
def test_holm_is_statsmodels_and_only_it_blocks(p_values: list[float]) -> None:
    decided = decide([line_test(p, -0.4, -0.1) for p in p_values])
    rejected, corrected, *_ = multipletests(p_values, BLOCK_LEVEL, "holm")
    assert [one.p_corrected for one in decided] == pytest.approx(list(corrected))
    assert [one.outcome == "fail" for one in decided] == [p <= BLOCK_LEVEL for p in corrected]
    assert {one.tests for one in decided} == {len(p_values)}
    assert all(one.interval is not None for one in decided)
    assert sum(rejected) <= sum(one.outcome == "fail" for one in decided)


def test_one_rule_more_never_makes_a_pass_harder() -> None:
    passing = LineTest(
        0.2, 0.0, 1, Interval(low=0.1, high=0.3), Interval(low=0.1, high=0.3), 0.99, (4.0, 4.0), 50, True
    )
    assert decide([passing])[0].outcome == "pass"
    assert [one.outcome for one in decide([passing] * 9)] == ["pass"] * 9


def test_on_the_line_itself() -> None:
    touching = Interval(low=0.0, high=0.2)
    assert side_of(touching, 0.0, 1, strict=True) == "inconclusive"
    assert side_of(touching, 0.0, 1, strict=False) == "pass"
    assert side_of(touching, 0.2, -1, strict=False) == "pass"
    assert side_of(Interval(low=0.1, high=0.2), 0.3, 1, strict=False) == "fail"


def needed(groups: ClusterSums, line: float) -> Decision:
    (test,) = deciding.tests_of_means(groups, [(0, 1)], np.array([line]), UP)
    return decide([test])[0]


def test_as_many_dialogues_as_are_said_to_decide_do_so_in_four_runs_of_five() -> None:
    generator = np.random.default_rng(0)
    seen = (generator.random(60) < 0.85).astype(float)
    seen[: round(60 * 0.85)], seen[round(60 * 0.85) :] = 1, 0
    decision = needed(alone(seen), 0.8)
    assert decision.outcome == "inconclusive" and decision.dialogues_needed is not None
    count, share = decision.dialogues_needed, float(seen.mean())
    passed = [needed(alone((generator.random(count) < share).astype(float)), 0.8).outcome for _ in range(150)]
    assert 0.68 < passed.count("pass") / 150 < 0.92


def test_no_number_of_dialogues_decides_what_lies_on_the_line() -> None:
    assert needed(alone(np.repeat([1.0, 0.0], [16, 4])), 0.8).dialogues_needed is None
    (few,) = deciding.tests_of_differences(alone(np.array([0.1, 0.2, 0.3])), np.zeros(1), UP)
    assert decide([few])[0].dialogues_needed == 5


def test_two_dialogues_more_are_none() -> None:
    """Those that keep rare differences honest are not counted as measured."""
    for better in (False, True):
        (test,) = deciding.tests_of_differences(alone(np.ones(4)), np.zeros(1), UP, span=1.0, asks_for_better=better)
        assert (test.passing, test.blocking, test.dialogues) == (None, None, 4)


def test_equal_candidates_are_blocked_in_at_most_one_run_of_twenty() -> None:
    """The small version of `python -m benchmarks gate-errors`: all lines at the truth, 8 rules, dialogues of unequal size."""
    rules, runs = policy(0.0, floors=2), 300
    outcomes, uncorrected = [], []
    for batch in simulated(rules, 30, runs, np.random.default_rng(0)):
        for decided in decisions(batch, rules):
            outcomes.append(overall(decided))
            uncorrected.append(each_alone(decided))
    assert len(outcomes) == runs
    assert outcomes.count("fail") / runs < 0.05 + 2 * np.sqrt(0.05 * 0.95 / runs)
    assert uncorrected.count("fail") / runs > 0.1


def test_a_loss_by_the_margin_is_passed_in_at_most_one_run_of_forty() -> None:
    rules, runs = policy(0.05, drop=0.05)[:1], 400
    decided = [
        overall(one)
        for batch in simulated(rules, 60, runs, np.random.default_rng(0))
        for one in decisions(batch, rules)
    ]
    assert decided.count("pass") / runs < 0.025 + 2 * np.sqrt(0.025 * 0.975 / runs)


def test_losses_too_rare_to_be_seen_do_not_pass() -> None:
    """A candidate that loses 4 of 100 cases and wins none, margin 4: t's interval alone would pass it in a fifth of the runs."""
    generator = np.random.default_rng(0)
    lost = -(generator.random((25, 500)) < 0.04).astype(float)
    groups = ClusterSums(lost, np.ones_like(lost), lost**2)
    lines, sides = np.full(500, -0.04), np.ones(500)
    careful, plain = (
        [
            one.outcome
            for test in deciding.tests_of_differences(groups, lines, sides, span=span)
            for one in decide([test])
        ]
        for span in (1.0, None)
    )
    assert careful.count("pass") / 500 < 0.025
    assert plain.count("pass") / 500 > 0.15
