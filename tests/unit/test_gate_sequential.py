"""Judging rules at looks, with simulated measurements."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from reports.gating.sequential import (
    FEWEST_AT_A_LOOK,
    MOST_LOOKS,
    PASS_LEVEL,
    Question,
    SequentialTest,
    looks_at,
)
from reports.statistics.clusters import ClusterSums
from reports.statistics.intervals import intervals_of_differences, intervals_of_means
from reports.statistics.spending import spending_tails

MARGIN = 0.1
DIFFERENCE = Question(-MARGIN, 1, (-1.0, 1.0), is_difference=True)


def differences(generator: np.random.Generator, means: list[float], dialogues: int = 200) -> ClusterSums:
    """Graded differences on -1 to 1 in dialogues of 1 to 5 cases that are alike; a column for each mean."""
    sizes = generator.integers(1, 6, (dialogues, len(means)))
    sums, squares = np.zeros(sizes.shape), np.zeros(sizes.shape)
    levels = np.array(means) + generator.uniform(-0.3, 0.3, sizes.shape)
    for case in range(5):
        values = np.where(case < sizes, np.clip(levels + generator.uniform(-0.3, 0.3, sizes.shape), -1, 1), 0)
        sums, squares = sums + values, squares + values**2
    return ClusterSums(sums, sizes.astype(float), squares)


def followed(questions: list[Question], groups: ClusterSums, policies: int = 1) -> SequentialTest:
    test = SequentialTest(len(questions), len(groups.sums), policies=policies)
    for number, look in enumerate(test.looks):
        test.look(number, questions, groups.first(look))
    return test


@pytest.mark.parametrize("dialogues", [1, 7, 19, 20, 21, 25, 100, 333, 2_000])
def test_looks_begin_where_errors_are_known_and_end_with_the_run(dialogues: int) -> None:
    looks = looks_at(dialogues)
    assert looks[-1] == dialogues
    assert len(looks) <= MOST_LOOKS and len(set(looks)) == len(looks)
    assert all(look >= FEWEST_AT_A_LOOK for look in looks[:-1])
    assert list(looks) == sorted(looks)


@pytest.mark.parametrize(("mean", "outcome"), [(5 * MARGIN, 1), (-5 * MARGIN, -1)])
def test_clear_cases_are_decided_early(mean: float, outcome: int) -> None:
    test = followed([DIFFERENCE], differences(np.random.default_rng(1), [mean]))
    assert test.outcomes.tolist() == [[outcome]]
    assert test.decided_after[0, 0] <= 0.4 * 200


def test_lower_is_better_is_the_mirror_image() -> None:
    groups = differences(np.random.default_rng(2), [0.4, -0.12])
    mirrored = ClusterSums(-groups.sums, groups.counts, groups.squares)
    question = Question(MARGIN, -1, (-1.0, 1.0), is_difference=True)
    one, other = followed([DIFFERENCE] * 2, groups), followed([question] * 2, mirrored)
    assert one.outcomes.tolist() == other.outcomes.tolist()
    assert one.decided_after.tolist() == other.decided_after.tolist()


def test_equal_replies_are_not_taken_for_proof_at_the_first_look() -> None:
    """Of 20 dialogues without a difference nothing follows about a loss in one of fifty."""
    groups = ClusterSums(np.zeros((1_000, 1)), np.ones((1_000, 1)), np.zeros((1_000, 1)))
    question = Question(-0.02, 1, (-1.0, 1.0), is_difference=True, yes_no_span=1.0)
    test = followed([question], groups)
    assert test.outcomes[0, 0] == 1
    assert test.decided_after[0, 0] >= 100


@pytest.mark.parametrize("lost", [0, 1, 4, 16])
def test_what_was_seldom_seen_is_bounded_nearly_as_poisson_s_exact_limits_do(lost: int) -> None:
    """Of 20,000 dialogues half are there, a few of them lost whole and all others equal."""
    dialogues, look = 20_000, 9
    sums = np.zeros((dialogues, 1))
    sums[:lost] = -1
    test = SequentialTest(1, dialogues)
    seen = ClusterSums(sums, np.ones(sums.shape), sums**2).first(test.looks[look])
    (interval,) = test.intervals(look, [Question(-0.02, 1, (-1.0, 1.0), is_difference=True, yes_no_span=1.0)], seen)
    assert interval is not None
    tail = spending_tails(tuple(n / dialogues for n in test.looks), PASS_LEVEL)[look]
    exact = stats.chi2.isf(tail, 2 * lost + 2) / 2  # Garwood 1936, doi:10.1093/biomet/28.3-4.437
    assert 0.85 * (exact - lost) <= -interval.low * test.looks[look] - lost <= exact - lost


def test_the_first_perfect_dialogues_do_not_pass_a_floor() -> None:
    generator = np.random.default_rng(3)
    right = (np.arange(1_000) < 100) | (generator.random(1_000) < 0.9)  # the true share is 90 %
    groups = ClusterSums(right[:, np.newaxis] * 1.0, np.ones((1_000, 1)), right[:, np.newaxis] * 1.0)
    assert followed([Question(0.95, 1, (0.0, 1.0))], groups).outcomes[0, 0] != 1


def test_a_run_of_one_look_is_judged_as_any_other() -> None:
    groups = differences(np.random.default_rng(4), [0.0, 0.1], dialogues=20)
    test = followed([DIFFERENCE] * 2, groups)
    assert test.looks == (20,)
    (passing, failing), ordinary = test.intervals(0, [DIFFERENCE] * 2, groups), intervals_of_differences(groups)
    assert passing is not None and failing is not None and ordinary[0] is not None and ordinary[1] is not None
    assert passing.low == pytest.approx(ordinary[0].low) and failing.low == pytest.approx(ordinary[1].low)
    floor = [Question(0.0, 1, (-1.0, 1.0))] * 2
    own, ordinary = followed(floor, groups).intervals(0, floor, groups), intervals_of_means(groups, [(-1.0, 1.0)] * 2)
    assert own[0] is not None and ordinary[0] is not None
    assert own[0].low == pytest.approx(ordinary[0].low, abs=1e-9)


def test_a_decided_rule_s_interval_leaves_out_its_line() -> None:
    generator = np.random.default_rng(5)
    means = generator.uniform(-0.5, 0.3, 12).tolist()
    groups, questions = differences(generator, means), [DIFFERENCE] * 12
    test = SequentialTest(12, 200)
    for number, look in enumerate(test.looks):
        before = test.outcomes[0].copy()
        test.look(number, questions, groups.first(look))
        for old, now, interval in zip(
            before, test.outcomes[0], test.intervals(number, questions, groups.first(look)), strict=True
        ):
            assert interval is not None
            if old == 0:
                assert now == (interval.low > -MARGIN) - (interval.high < -MARGIN)
    assert {-1, 1} <= set(test.outcomes[0].tolist())


def test_what_is_decided_stays() -> None:
    generator = np.random.default_rng(6)
    good, bad = differences(generator, [0.5], 100), differences(generator, [-0.9], 100)
    turned = ClusterSums(
        *(np.vstack([getattr(g, name) for g in (good, bad)]) for name in ("sums", "counts", "squares"))
    )
    test = followed([DIFFERENCE], turned)
    assert test.outcomes[0, 0] == 1 and test.decided_after[0, 0] < 100


def test_rules_that_failed_leave_their_error_to_the_others() -> None:
    """Holm: beside seven rules that fail, an eighth is judged alone; beside seven that hold, it shares the error."""
    generator = np.random.default_rng(7)
    alone = 0
    for _ in range(40):
        doubtful = differences(generator, [-0.16])
        beside = [
            followed(
                [DIFFERENCE] * 8,
                ClusterSums(
                    *(
                        np.hstack([getattr(g, name) for g in (doubtful, others)])
                        for name in ("sums", "counts", "squares")
                    )
                ),
            )
            for others in (differences(generator, [mean] * 7) for mean in (-0.8, 0.6))
        ]
        failed = [test.outcomes[0, 0] == -1 for test in beside]
        assert failed[0] >= failed[1]
        alone += failed[0] and not failed[1]
    assert alone > 0


def test_too_little_coverage_keeps_a_rule_from_passing() -> None:
    groups = differences(np.random.default_rng(8), [0.5, -0.8])
    test = SequentialTest(2, 200)
    for number, look in enumerate(test.looks):
        test.look(number, [DIFFERENCE] * 2, groups.first(look), np.array([False, False]))
    assert test.outcomes.tolist() == [[0, -1]]


def test_few_dialogues_with_a_value_decide_nothing() -> None:
    groups = differences(np.random.default_rng(9), [0.5])
    counts = groups.counts.copy()
    counts[4:] = 0
    few = ClusterSums(groups.sums * (counts > 0), counts, groups.squares * (counts > 0))
    test = followed([DIFFERENCE], few)
    assert test.outcomes[0, 0] == 0
    assert test.intervals(len(test.looks) - 1, [DIFFERENCE], few) == [None]


def test_policies_on_the_line_err_seldom_over_all_looks_while_ordinary_intervals_do_not() -> None:
    policies, rules = 120, 8
    groups = differences(np.random.default_rng(10), [-MARGIN] * (policies * rules), dialogues=60)
    questions = [DIFFERENCE] * rules
    rates = []
    for tails in (None, lambda shares, error: (error,) * len(shares)):
        options = {} if tails is None else {"tails": tails}
        test = SequentialTest(rules, 60, policies=policies, **options)
        for number, look in enumerate(test.looks):
            test.look(number, questions, groups.first(look))
        rates.append(((test.outcomes > 0).mean(), (test.outcomes < 0).any(axis=1).mean()))
    passed, blocked = rates[0]
    assert passed <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / (policies * rules))
    assert blocked <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / policies)
    assert rates[1][0] > passed and rates[1][1] > blocked
