"""What every metric gives: measurements of one reply, and of some metrics figures of a whole candidate.

What a measure means is said by `reports.records.Measure`, which reports print beside its figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, Protocol, runtime_checkable

from reports.records import Measure
from suites.cases import Case
from suites.dialogue import Record

__all__ = ["CorpusMetric", "Measure", "Measurement", "Metric", "Status"]

Status = Literal["ok", "unparsed", "refused", "error", "skipped"]
"""`ok`: measured. `unparsed`: a judge's answer could not be read. `refused`: a judge declined.
`error`: failed, the reason says how. `skipped`: does not apply to this case."""


class Measurement(Record):
    """One measure of one reply. A measure that could not be taken has no value, never a substitute."""

    measure: str
    status: Status = "ok"
    value: float | None = None
    label: str | None = None
    """What was found, where that is a name: the dialogue act done, the judge's answer."""
    reason: str | None = None
    statistics: tuple[float, ...] | None = None
    """Sufficient statistics (n-gram counts); summed over replies they give the corpus figure."""


class Metric(Protocol):
    """Takes one or more measures of a reply."""

    @property
    def measures(self) -> Sequence[Measure]:
        """The measures it takes, always the same ones in the same order."""
        ...

    def measure(self, case: Case, reply: str) -> Sequence[Measurement]:
        """Measure one reply: one measurement for each of `measures`, in their order."""
        ...


@runtime_checkable
class CorpusMetric(Metric, Protocol):
    """A metric with measures whose corpus figure is not the mean over replies."""

    def corpus_values(self, replies: Iterable[tuple[str, Mapping[str, Measurement]]]) -> Mapping[str, float]:
        """Figures of one candidate as a whole, by measure name.

        Args:
            replies: (reply text, its measurements by measure name), read once.
        """
        ...
