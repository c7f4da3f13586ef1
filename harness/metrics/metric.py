"""What every metric gives: measurements of one reply, and figures of a whole candidate from their statistics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, Protocol

from suites.cases import Case
from suites.dialogue import Record

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


class Measure(Record):
    """What a measure means: printed in reports beside its figures."""

    name: str
    title: str
    """Short, for table heads: "ROUGE-L"."""
    description: str
    """One sentence for a newcomer."""
    kind: Literal["reference", "act", "check", "judge", "other"]
    scale: tuple[float, float] | None
    """Lowest and highest value; None where there is no bound."""
    higher_is_better: bool | None
    """None where neither is better (length ratio)."""
    signature: str
    """All that decides the value, as sacreBLEU's signatures: `bleu|…|v:0.1.0`."""


class Metric(Protocol):
    """Takes one or more measures of a reply."""

    @property
    def measures(self) -> Sequence[Measure]:
        """The measures it takes, always the same ones in the same order."""
        ...

    def measure(self, case: Case, reply: str) -> Sequence[Measurement]:
        """Measure one reply: one measurement for each of `measures`, in their order."""
        ...

    def corpus_values(self, replies: Iterable[tuple[str, Mapping[str, Measurement]]]) -> Mapping[str, float]:
        """Figures of one candidate as a whole, by measure name, for measures whose corpus figure is not their mean.

        Args:
            replies: (reply text, its measurements by measure name), read once.
        """
        ...
