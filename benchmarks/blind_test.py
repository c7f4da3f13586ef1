"""The blind test's intervals and its test against chance, on simulated raters who differ and dialogues that are easier or harder.

A rater finds the person's reply where skill + ease of the dialogue + luck is above 0, all three normal. The functions under test
are those of the report.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from scipy import special, stats

from benchmarks.figures import Figure
from reports.blind.accuracy import accuracy_of
from reports.blind.answers import BlindAnswer

RUNS: Final = 1_000
REACHED: Final = (0.93, 0.98)
SHAPES: Final = ((1, 40, 40), (3, 40, 40), (5, 40, 40), (8, 60, 30), (12, 60, 30), (30, 60, 20))
"""Raters, dialogues, and answers a rater."""


class Spreads(NamedTuple):
    """How skilled raters are, and how much they and dialogues differ; standard deviations of luck."""

    skill: float = 0.4
    raters: float = 0.3
    dialogues: float = 0.4


class Coverage(NamedTuple):
    """Shares of 95 % intervals that hold the truth."""

    these_raters: float
    """The interval for these raters, and their true share on all dialogues."""
    crossed: float
    """The interval for other raters, and the true share of all raters; NaN where none is given."""
    as_if_independent: float
    """Wilson's interval over the answers as if all were independent, and the true share of all raters."""


class FalseFindings(NamedTuple):
    """Shares of p-values below 0.05 where nobody can tell the replies apart."""

    by_dialogue: float
    binomial: float


def run() -> list[Figure]:
    """Coverage by number of raters, and false findings where raters share a taste."""
    figures = []
    for raters, dialogues, a_rater in SHAPES:
        found = coverage_of(raters, dialogues, a_rater, RUNS)
        name = f"{raters} raters, {dialogues} dialogues, {a_rater} answers each"
        for what, share in zip(("these raters", "other raters"), found[:2], strict=True):
            if np.isfinite(share):
                within = REACHED[0] <= round(share, 3) <= REACHED[1]
                figures.append(Figure(f"{name}: interval for {what}", 100 * share, "%", "93 to 98 %", within))
        figures.append(Figure(f"{name}: answers taken for independent", 100 * found.as_if_independent, "%"))
    for raters in (1, 4, 12):
        level = false_findings(raters, 40, RUNS)
        name = f"{raters} raters who share a taste and cannot tell"
        figures.append(
            Figure(f"{name}: p below 0.05", 100 * level.by_dialogue, "%", "at most 6.5 %", level.by_dialogue <= 0.065)
        )
        figures.append(Figure(f"{name}: binomial p below 0.05", 100 * level.binomial, "%"))
    return figures


def coverage_of(raters: int, dialogues: int, a_rater: int, runs: int, spreads: Spreads | None = None) -> Coverage:
    """How often intervals hold the truth in so many simulated tests."""
    spread = spreads or Spreads()
    generator = np.random.default_rng(raters)
    of_all = float(special.ndtr(spread.skill / np.hypot(1, np.hypot(spread.raters, spread.dialogues))))
    held = np.zeros((runs, 3))
    for number in range(runs):
        skills = spread.skill + generator.normal(0, spread.raters, raters)
        ease = generator.normal(0, spread.dialogues, dialogues)
        answers = list(_answers(skills, ease, a_rater, generator))
        found = accuracy_of(answers)
        assert found is not None and found.interval is not None
        of_these = float(special.ndtr(skills / np.hypot(1, spread.dialogues)).mean())
        wider = found.interval_of_raters
        plain = stats.binomtest(round(found.right), found.answers).proportion_ci(method="wilson")
        held[number] = (
            found.interval.low <= of_these <= found.interval.high,
            np.nan if wider is None else wider.low <= of_all <= wider.high,
            plain.low <= of_all <= plain.high,
        )
    return Coverage(*held.mean(axis=0).tolist())


def false_findings(raters: int, dialogues: int, runs: int) -> FalseFindings:
    """How often p is below 0.05 where both replies are drawn alike, and raters mostly agree on which one sounds real."""
    generator = np.random.default_rng(raters)
    found = np.zeros((runs, 2))
    for number in range(runs):
        taste = generator.normal(0, 1.5, dialogues)  # how much more real the real reply sounds: as often less as more
        answers = list(_answers(np.zeros(raters), taste, dialogues, generator))
        accuracy = accuracy_of(answers)
        assert accuracy is not None
        binomial = stats.binomtest(round(accuracy.right), accuracy.answers).pvalue
        found[number] = accuracy.p_value < 0.05, binomial < 0.05
    return FalseFindings(*found.mean(axis=0).tolist())


def _answers(
    skills: np.typing.NDArray[np.float64],
    ease: np.typing.NDArray[np.float64],
    a_rater: int,
    generator: np.random.Generator,
) -> Iterator[BlindAnswer]:
    for rater, skill in enumerate(skills):
        for dialogue in generator.permutation(len(ease))[:a_rater].tolist():
            right = skill + ease[dialogue] + generator.normal() > 0
            yield BlindAnswer(str(rater), str(dialogue), str(dialogue), "candidate", float(right))
