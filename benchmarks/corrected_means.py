"""Whether the intervals of corrected means cover the truth: simulated runs with a biased judge and a few human labels.

Dialogues have one to several turns that share a share of their luck; a random sample of the replies is labelled. The judge's
own mean stands beside, to show what the correction is worth. Needs no model and takes seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from benchmarks.figures import Figure
from reports.statistics.clusters import Interval, sum_by_dialogue
from reports.statistics.correction import Corrected, LabelledScores, adjusted_count, prediction_powered_mean
from reports.statistics.intervals import intervals_of_means

RUNS = 2_000
LEAST_COVERAGE = 0.93
_SPREAD_OF_DIALOGUES = 0.5


@dataclass(frozen=True, slots=True)
class Scene:
    """A kind of run."""

    dialogues: int
    turns: int
    """On average; each dialogue has from one to twice as many less one."""
    labelled: int
    """Replies, on average."""
    skill: float
    """How much of the truth is in the judge's score: 0 is none."""
    passing: float
    """Share of the replies that people would pass."""

    def __str__(self) -> str:
        return f"{self.dialogues} dialogues, {self.labelled} labels, {self.passing:.0%} pass, skill {self.skill:g}"


SCENES = (
    Scene(100, 3, 60, 1.5, 0.5),
    Scene(100, 3, 60, 1.5, 0.86),
    Scene(300, 3, 100, 2.0, 0.67),
    Scene(60, 4, 30, 0.5, 0.67),
    Scene(40, 4, 80, 1.0, 0.91),
    Scene(30, 3, 25, 1.0, 0.5),
)


def run() -> list[Figure]:
    """Coverage of all three intervals in all scenes."""
    return [figure for scene in SCENES for figure in _coverages(scene)]


def _coverages(scene: Scene) -> list[Figure]:
    generator = np.random.default_rng(20_211)
    covered: dict[str, list[bool]] = {}
    for _ in range(RUNS):
        for name, interval in _intervals(scene, generator).items():
            covered.setdefault(name, []).append(interval.low <= scene.passing <= interval.high)
    figures = []
    for name, hits in covered.items():
        share = float(np.mean(hits))
        judged = name == "as judged"
        target = None if judged else f"at least {LEAST_COVERAGE:.0%}"
        figures.append(
            Figure(f"{scene}: {name}", 100 * share, "%", target, None if judged else share >= LEAST_COVERAGE)
        )
    return figures


def _intervals(scene: Scene, generator: np.random.Generator) -> dict[str, Interval]:
    """By what the mean is corrected, the interval of one simulated run; methods that give none are left out."""
    dialogues = np.repeat(np.arange(scene.dialogues), generator.integers(1, 2 * scene.turns, scene.dialogues))
    size = len(dialogues)
    luck = generator.normal(0, _SPREAD_OF_DIALOGUES, scene.dialogues)[dialogues] + generator.normal(size=size)
    line = -NormalDist().inv_cdf(scene.passing) * np.sqrt(1 + _SPREAD_OF_DIALOGUES**2)
    good = (luck > line).astype(float)
    judge = 1 / (1 + np.exp(-(scene.skill * (luck - line) + 0.8 + generator.normal(size=size))))
    people = np.where(generator.random(size) < scene.labelled / size, good, np.nan)
    raw = intervals_of_means(sum_by_dialogue(judge[np.newaxis, :], dialogues.astype(np.int32)), [(0.0, 1.0)])[0]
    found = {
        "prediction-powered": prediction_powered_mean(LabelledScores(judge, people, dialogues), (0.0, 1.0)),
        "adjusted counting": adjusted_count(LabelledScores((judge > 0.5).astype(float), people, dialogues)),
    }
    intervals = {name: each.interval for name, each in found.items() if isinstance(each, Corrected)}
    return ({"as judged": raw} if raw else {}) | intervals
