"""What a sequential gate costs and how often it errs: simulated policies of eight rules, by size of the suite.

Dialogues have 1 to 12 target turns that are alike within, as in `benchmarks.interval_coverage`. The rules of a policy are
simulated apart from each other: the worst case for errors that add up and for the time until the last rule is decided. The
margin is the smallest difference that a suite of the size shows with 80 % power at 5 %.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from scipy import special, stats

from benchmarks.figures import Figure
from benchmarks.gate_errors import at_most
from benchmarks.interval_coverage import MOST_TURNS, Owners
from reports.gating.decisions import BLOCK_LEVEL
from reports.gating.sequential import PASS_LEVEL, Question, SequentialTest, Tails
from reports.statistics.clusters import ClusterSums, FloatArray, IntArray, robust_errors
from reports.statistics.intervals import Scale
from reports.statistics.power import smallest_differences
from reports.statistics.spending import spending_tails

RULES: Final = 8
MARGINS: Final = 5
"""How many margins apart candidates are in a clear case."""

MOST_COST: Final = 0.40
MOST_ERRORS: Final = 5.0
POLICIES: Final = {100: 1_200, 200: 1_200, 1_000: 400}
"""Simulated policies on the line, by number of dialogues; a quarter of them for clear cases."""

HARSH_AT: Final = 100
"""Dialogues with which candidates are simulated of which hardly any dialogue tells."""

OTHERS_AT: Final = 200
"""Dialogues with which the methods not taken are simulated."""

_AT_ONCE: Final = 400_000  # dialogues of all columns simulated in one step
_TUNED_AT: Final = 0.2  # the share of the run where the confidence sequence is narrowest

Draw = Callable[[np.random.Generator, Owners, float], FloatArray]
"""A value for each owner whose true mean is as given; those of one owner are alike."""


class World(NamedTuple):
    """A kind of rule: how the values come about for a true mean, and on which scale."""

    name: str
    draw: Draw
    scale: Scale
    line: float | None = None
    """Of a floor; differences have a line by their margin."""
    is_yes_no: bool = False
    """Of differences: whether the measure is."""
    asks_for_better: bool = False
    """Of differences: whether the line is a margin above 0 and not below."""
    share: float = 1.0
    """Of the dialogues, how many the rule is about."""


class Trial(NamedTuple):
    """What is simulated."""

    world: World
    mean: float
    """The true one."""
    line: float
    dialogues: int
    policies: int


def run() -> list[Figure]:
    """Errors on the line, then costs of clear cases, then both of the methods not chosen."""
    generator = np.random.default_rng(1)
    figures: list[Figure] = []
    for world in WORLDS:
        for dialogues, policies in POLICIES.items():
            figures += _errors(world, dialogues, policies, generator)
    for world in WORLDS[:2]:
        for dialogues, policies in POLICIES.items():
            figures += _costs(world, dialogues, policies // 4, generator)
    return [*figures, *_harsh_worlds(generator), *_other_methods(generator)]


def _errors(world: World, dialogues: int, policies: int, generator: np.random.Generator) -> list[Figure]:
    """How often policies err whose true means are all on the line: there both decisions are wrong."""
    line = world.line
    if line is None:
        line = _margin(world, dialogues, generator) * (1 if world.asks_for_better else -1)
    test = _simulated(Trial(world, line, line, dialogues, policies), generator)
    passing, blocking = 100 * (test.outcomes > 0).mean(), 100 * (test.outcomes < 0).any(axis=1).mean()
    place = f"{world.name}, {dialogues:,} dialogues, on the line"
    return [
        Figure(f"{place}: a rule passes", passing, "%", "at most 5 %", bool(passing <= MOST_ERRORS)),
        Figure(f"{place}: a policy is blocked", blocking, "%", *at_most(MOST_ERRORS, blocking, policies)),
    ]


def _harsh_worlds(generator: np.random.Generator) -> Iterator[Figure]:
    """How often a rule errs on its line where hardly any dialogue tells of the mean; beside a single test at the end."""
    lost = World("yes/no difference, nothing but whole dialogues lost", _lost_dialogues_only, (-1, 1), is_yes_no=True)
    won = World("difference, a little lost everywhere and few dialogues won whole", _few_dialogues_won, (-1, 1))
    for margin in (0.05, 0.1, 0.2):
        place = f"{lost.name}, {HARSH_AT} dialogues, {100 * margin:g} % of them"
        trial = Trial(lost, -margin, -margin, HARSH_AT, POLICIES[HARSH_AT])
        for method, test in _both_ways(trial, generator):
            yield Figure(f"{place}: a rule passes, {method}", 100 * (test.outcomes > 0).mean(), "%")
    for share in (0.02, 0.05, 0.1):
        place = f"{won.name}, {HARSH_AT} dialogues, {100 * share:g} % of them"
        mean = share - (1 - share) * _LITTLE
        trial = Trial(won, mean, mean, HARSH_AT, POLICIES[HARSH_AT])
        for method, test in _both_ways(trial, generator):
            yield Figure(f"{place}: a policy is blocked, {method}", 100 * (test.outcomes < 0).any(axis=1).mean(), "%")


def _both_ways(trial: Trial, generator: np.random.Generator) -> Iterator[tuple[str, SequentialTest]]:
    yield "at any look", _simulated(trial, generator)
    yield "by one test at the end", _simulated(trial, generator, _once)


def _costs(world: World, dialogues: int, policies: int, generator: np.random.Generator) -> list[Figure]:
    margin = _margin(world, dialogues, generator)
    figures = []
    for word, side in (("better", 1), ("worse", -1)):
        test = _simulated(Trial(world, side * MARGINS * margin, -margin, dialogues, policies), generator)
        cost = _cost(test, dialogues)
        what = f"{world.name}, {dialogues:,} dialogues, {MARGINS} margins {word}: share of the dialogues replayed"
        figures.append(Figure(what, 100 * cost, "%", "at most 40 %", cost <= MOST_COST))
    return figures


def _cost(test: SequentialTest, dialogues: int) -> float:
    """The mean share of the dialogues until all rules of a policy are decided."""
    after: IntArray = np.where(test.outcomes == 0, dialogues, test.decided_after)
    return float(after.max(axis=1).mean() / dialogues)


def _margin(world: World, dialogues: int, generator: np.random.Generator) -> float:
    """The smallest difference that the suite shows, of candidates that are equally good."""
    groups = next(_runs(Trial(world, 0.0, 0.0, dialogues, 400 // RULES), generator))
    return float(np.nanmedian(smallest_differences(robust_errors(groups))))


def _simulated(trial: Trial, generator: np.random.Generator, tails: Tails = spending_tails) -> SequentialTest:
    """Policies that were followed to their end."""
    world, dialogues = trial.world, trial.dialogues
    rule = Question(
        trial.line,
        1,
        world.scale,
        is_difference=world.line is None,
        yes_no_span=1 if world.is_yes_no else None,
        asks_for_better=world.asks_for_better,
    )
    ended = SequentialTest(RULES, dialogues, policies=trial.policies, tails=tails)
    done = 0
    for groups in _runs(trial, generator):
        part = slice(done, done + groups.sums.shape[1] // RULES)
        test = SequentialTest(RULES, dialogues, policies=part.stop - part.start, tails=tails)
        for number, look in enumerate(test.looks):
            test.look(number, [rule] * RULES, groups.first(look))
            if test.decided:
                break
        ended.outcomes[part], ended.decided_after[part] = test.outcomes, test.decided_after
        done = part.stop
    return ended


def _runs(trial: Trial, generator: np.random.Generator) -> Iterator[ClusterSums]:
    """Runs of one rule each, one a column, some at a time."""
    dialogues, columns = trial.dialogues, trial.policies * RULES
    at_once = max(1, _AT_ONCE // dialogues // RULES) * RULES
    for start in range(0, columns, at_once):
        shape = (dialogues, min(at_once, columns - start))
        turns = np.minimum(generator.geometric(0.35, shape), MOST_TURNS)
        turns[generator.random(shape) >= trial.world.share] = 0
        owners = np.repeat(np.arange(turns.size), turns.ravel())
        values = trial.world.draw(generator, owners, trial.mean)
        sums, squares = (
            np.bincount(owners, weights=w, minlength=turns.size).reshape(shape).astype(np.float64)
            for w in (values, values**2)
        )
        yield ClusterSums(sums, turns.astype(np.float64), squares)


def _other_methods(generator: np.random.Generator) -> list[Figure]:
    """The same for yes/no differences, by methods that were tried and not taken."""
    world, dialogues = WORLDS[0], OTHERS_AT
    margin, figures = _margin(world, dialogues, generator), []
    on_the_line = Trial(world, -margin, -margin, dialogues, POLICIES[dialogues])
    equal = on_the_line._replace(mean=0.0, policies=POLICIES[dialogues] // 4)
    apart = [equal._replace(mean=side * MARGINS * margin) for side in (1, -1)]
    for name, tails in OTHER_TAILS.items():
        blocked = (_simulated(on_the_line, generator, tails).outcomes < 0).any(axis=1).mean()
        passed = (_simulated(equal, generator, tails).outcomes > 0).mean()
        costs = [_cost(_simulated(one, generator, tails), dialogues) for one in apart]
        figures += [
            Figure(f"{name}: a policy on the line is blocked", 100 * blocked, "%"),
            Figure(f"{name}: a rule passes for equal candidates", 100 * passed, "%"),
            *_cost_figures(name, costs),
        ]
    return figures + _cost_figures("bets on bounded sums", [_cost_of_bets(one, generator) for one in apart])


def _cost_figures(name: str, costs: Sequence[float]) -> list[Figure]:
    return [
        Figure(f"{name}: share replayed, {MARGINS} margins {word}", 100 * cost, "%")
        for word, cost in zip(("better", "worse"), costs, strict=True)
    ]


def _same_each_time(shares: Sequence[float], error: float) -> tuple[float, ...]:
    return (error,) * len(shares)


def _confidence_sequence(shares: Sequence[float], error: float) -> tuple[float, ...]:
    """Robbins' normal mixture (Waudby-Smith et al. 2024, doi:10.1214/24-AOS2408), one-sided at twice the two-sided error."""
    tuned = -special.lambertw(-((2 * error) ** 2) / np.e, -1).real - 1
    grown = tuned * np.array(shares) / _TUNED_AT
    bounds = np.sqrt((1 + 1 / grown) * np.log((1 + grown) / (2 * error) ** 2))
    return tuple(special.ndtr(-bounds).tolist())


def _once(shares: Sequence[float], error: float) -> tuple[float, ...]:
    return (*[1e-30] * (len(shares) - 1), error)


OTHER_TAILS: Final[dict[str, Tails]] = {
    "spent late (the method chosen)": spending_tails,
    "one test, at the end": _once,
    "the ordinary interval at every look": _same_each_time,
    "confidence sequence, normal mixture": _confidence_sequence,
}


def _cost_of_bets(trial: Trial, generator: np.random.Generator) -> float:
    """The mean share until bets have decided all rules of a policy (Waudby-Smith & Ramdas 2024, doi:10.1093/jrsssb/qkad009).

    A bet on a dialogue's sum less what the line would make it can lose as much as the longest dialogue allows. Capital is the
    mean over constant shares of it that are staked, and decides at 1 over the error.
    """
    groups = next(_runs(trial, generator))
    above = groups.sums - trial.line * groups.counts
    low, high = trial.world.scale
    stakes = np.geomspace(0.01, 0.98, 16)[:, np.newaxis, np.newaxis]
    decided = np.zeros(above.shape, np.bool_)
    for side, loss, error in ((1, trial.line - low, PASS_LEVEL), (-1, high - trial.line, BLOCK_LEVEL / RULES)):
        growth = np.cumsum(np.log1p(stakes * side * above / (loss * MOST_TURNS)), axis=1)
        decided |= special.logsumexp(growth, axis=0) - np.log(len(stakes)) >= -np.log(error)
    first = np.where(decided.any(axis=0), decided.argmax(axis=0) + 1, trial.dialogues)
    return float(first.reshape(-1, RULES).max(axis=1).mean() / trial.dialogues)


def _yes_no_difference(generator: np.random.Generator, owners: Owners, mean: float) -> FloatArray:
    """Two candidates that differ on a fifth of the cases, or on as many more as their difference needs."""
    return _wins_and_losses(generator, owners, mean, max(0.2, 1.05 * abs(mean)))


def _rare_losses(generator: np.random.Generator, owners: Owners, mean: float) -> FloatArray:
    """Two candidates of which one never wins."""
    return _wins_and_losses(generator, owners, mean, abs(mean) or 0.01)


def _wins_and_losses(generator: np.random.Generator, owners: Owners, mean: float, apart: float) -> FloatArray:
    """Dialogues differ in how often the candidates do."""
    most = min(2.0, 1 / apart)
    rates = (1 + (most - 1) * (2 * generator.beta(2, 2, owners[-1] + 1) - 1))[owners]
    lot = generator.random(len(owners))
    wins, both = rates * (apart + mean) / 2, rates * apart
    return np.where(lot < wins, 1.0, np.where(lot < both, -1.0, 0.0))


def _lost_dialogues(generator: np.random.Generator, owners: Owners, mean: float) -> FloatArray:
    """Two candidates alike but for a twentieth of the cases; one of them loses some dialogues from beginning to end."""
    lost = generator.random(owners[-1] + 1) < abs(mean)
    return np.where(lost[owners], -1.0, _wins_and_losses(generator, owners, 0.0, 0.05))


def _lost_dialogues_only(generator: np.random.Generator, owners: Owners, mean: float) -> FloatArray:
    lost: FloatArray = -(generator.random(owners[-1] + 1) < abs(mean))[owners].astype(np.float64)
    return lost


def _few_dialogues_won(generator: np.random.Generator, owners: Owners, mean: float) -> FloatArray:
    won = generator.random(owners[-1] + 1) < (mean + _LITTLE) / (1 + _LITTLE)
    return np.where(won[owners], 1.0, -_LITTLE)


_LITTLE: Final = 0.02


def _preferences(generator: np.random.Generator, owners: Owners, mean: float) -> FloatArray:
    """Wins, losses and three ties in ten; dialogues differ in how often the candidate wins."""
    levels = generator.beta(4 * mean, 4 * (1 - mean), owners[-1] + 1)[owners]
    return np.where(
        generator.random(len(owners)) < 0.3, 0.5, (generator.random(len(owners)) < levels).astype(np.float64)
    )


def _five_points_apart(generator: np.random.Generator, owners: Owners, mean: float) -> FloatArray:
    """Two candidates under a judge who gives 4 or 5 of 5 most of the time."""
    levels = generator.normal(0, 0.7, owners[-1] + 1)[owners]
    values = [
        np.clip(np.round(generator.normal(levels + centre, 0.7)), 1, 5) for centre in (_five_points_at(mean), _CENTRE)
    ]
    apart: FloatArray = values[0] - values[1]
    return apart


_CENTRE: Final = 4.2


def _five_points_mean(centre: float) -> float:
    return float(1 + sum(stats.norm.sf(point + 0.5, centre, 0.7 * 2**0.5) for point in range(1, 5)))


def _five_points_at(mean: float) -> float:
    """The centre that gives a mean so far from the other candidate's."""
    centres = np.linspace(-4, 12, 4_001)
    means = 1 + stats.norm.sf((np.arange(1, 5)[:, np.newaxis] + 0.5 - centres) / (0.7 * 2**0.5)).sum(axis=0)
    return float(np.interp(_five_points_mean(_CENTRE) + mean, means, centres))


def _nine_of_ten(generator: np.random.Generator, owners: Owners, mean: float) -> FloatArray:
    levels = generator.beta(4 * mean, 4 * (1 - mean), owners[-1] + 1)
    values: FloatArray = (generator.random(len(owners)) < levels[owners]).astype(np.float64)
    return values


WORLDS: Final = (
    World("yes/no difference", _yes_no_difference, (-1, 1), is_yes_no=True),
    World("judge, 1 to 5, difference", _five_points_apart, (-4, 4)),
    World("yes/no difference, losses only", _rare_losses, (-1, 1), is_yes_no=True),
    World("yes/no difference, whole dialogues lost", _lost_dialogues, (-1, 1), is_yes_no=True),
    World("yes/no floor of 90 %", _nine_of_ten, (0, 1), 0.9),
    World("win rate of 50 %", _preferences, (0, 1), 0.5),
    World("yes/no difference, asked to be better", _yes_no_difference, (-1, 1), is_yes_no=True, asks_for_better=True),
    World("yes/no difference on 3 of 10 dialogues", _yes_no_difference, (-1, 1), is_yes_no=True, share=0.3),
)
