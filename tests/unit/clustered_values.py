"""Values that are alike within dialogues, for the tests of statistics."""

from __future__ import annotations

import numpy as np

from reports.statistics.clusters import ClusterSums, sum_by_dialogue


def clustered(generator: np.random.Generator, dialogues: int, mean: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Values that share a dialogue's own level, in dialogues of 1 to 5 cases."""
    sizes = generator.integers(1, 6, dialogues)
    names = np.repeat(np.arange(dialogues), sizes).astype(np.int32)
    return mean + generator.normal(0, 1, dialogues)[names] + generator.normal(0, 0.5, len(names)), names


def grouped(values: np.ndarray, dialogues: np.ndarray) -> ClusterSums:
    """One column."""
    return sum_by_dialogue(values[np.newaxis], dialogues.astype(np.int32))


def alone(values: np.ndarray) -> ClusterSums:
    """One column, each value a dialogue of its own."""
    return grouped(values, np.arange(len(values)))
