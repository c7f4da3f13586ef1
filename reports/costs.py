"""What the replies of each candidate cost: tokens and seconds in the mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reports.tables import REPLIES, REPLIES_FILE, RunTables, codes_of, read_columns


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one candidate; None where the engine does not tell."""

    candidate: str
    tokens: float | None
    """Generated a reply."""
    seconds: float | None
    """From the request to the end of the reply."""


def costs_of(tables: RunTables) -> tuple[Cost, ...]:
    """The costs of all candidates.

    Raises:
        ReportError: The replies are missing, torn, or not what this version of Rejoinder writes.
    """
    columns = ("candidate", "completion_tokens", "latency_s")
    replies = read_columns(tables.folder / REPLIES_FILE, REPLIES, columns)
    candidate = codes_of(replies["candidate"], tables.candidates)
    tokens, seconds = (replies[name].to_numpy().astype(np.float64) for name in columns[1:])
    return tuple(
        Cost(name, _mean(tokens[candidate == c]), _mean(seconds[candidate == c]))
        for c, name in enumerate(tables.candidates)
    )


def _mean(values: npt.NDArray[np.float64]) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else None
