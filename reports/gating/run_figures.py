"""The figures of one run that rules can be about, by case: its measures, tokens and seconds, and the share of failed requests.

What is made of them is in `reports.gating.evidence`; comparisons of replies are in `reports.gating.pair_wins`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from reports.gating.policy import REPLY_COLUMNS
from reports.pages.wording import Words
from reports.records import Measure
from reports.scores import Scores, coverage, scores_of
from reports.statistics.clusters import FloatArray
from reports.tables import REPLIES, REPLIES_FILE, Codes, RunTables, codes_of, read_columns

Cases = npt.NDArray[np.bool_]
"""True for each case that is meant; shape [cases]."""


@dataclass(frozen=True, slots=True)
class _Replies:
    """The replies of one run, one a row."""

    candidates: Codes
    cases: Codes
    failed: npt.NDArray[np.bool_]
    columns: dict[str, FloatArray]
    """NaN where a reply says nothing of it."""


@dataclass(slots=True)
class RunFigures:
    """The values of one run."""

    tables: RunTables
    scores: Scores
    words: Words
    _replies: _Replies | None = field(default=None, init=False)

    @staticmethod
    def of(tables: RunTables, words: Words, scores: Scores | None = None) -> RunFigures:
        """The figures of a run, whose scores are made unless they are at hand.

        Raises:
            ReportError: The tables contradict each other.
        """
        return RunFigures(tables, scores or scores_of(tables), words)

    @property
    def names(self) -> list[str]:
        """What has a value by case: measures first."""
        return list(dict.fromkeys([*(m.name for m in self.scores.measures), *REPLY_COLUMNS]))

    def measure(self, name: str) -> Measure | None:
        """What a figure means; None if it is none of `names`."""
        found = next((m for m in self.scores.measures if m.name == name), None)
        if found is not None or name not in REPLY_COLUMNS:
            return found
        return Measure(
            name=name,
            title=self.words.gating.figures[name],
            description="",
            kind="other",
            scale=None,
            higher_is_better=False,
            signature="",
        )

    def values(self, name: str, candidate: str) -> FloatArray:
        """The mean over the seeds of each case, NaN where nothing was measured; shape [cases]."""
        column = self.tables.candidates.index(candidate)
        for row, measure in enumerate(self.scores.measures):
            if measure.name == name:
                values: FloatArray = self.scores.values[row, column]
                return values
        replies = self._read_replies()
        chosen = (replies.candidates == column) & np.isfinite(replies.columns[name])
        count = len(self.tables.cases)
        sums = np.bincount(replies.cases[chosen], replies.columns[name][chosen], count)
        seeds = np.bincount(replies.cases[chosen], minlength=count)
        means: FloatArray = np.divide(sums, seeds, out=np.full(count, np.nan), where=seeds > 0)
        return means

    def coverage(self, name: str, candidate: str, cases: Cases | None = None) -> float | None:
        """Share of the measurements that could be taken among those that apply; None if none applies.

        Args:
            name: One of `names`.
            candidate: Whose replies.
            cases: Count whole cases among these, in place of the single measurements of the whole run.
        """
        column = self.tables.candidates.index(candidate)
        row = next((i for i, m in enumerate(self.scores.measures) if m.name == name), None)
        if row is None:
            there = np.isfinite(self.values(name, candidate))
            return float(np.mean(there if cases is None else there[cases])) if there.size else None
        if cases is None:
            return self.scores.coverage(row, column)
        lacking = self.scores.unmeasured[row, column][cases]
        whole = np.isfinite(self.scores.values[row, column][cases]) & ~lacking
        applicable = int((whole | lacking).sum())
        return float(whole.sum() / applicable) if applicable else None

    def coverage_of(self, title: str, candidate: str) -> float | None:
        """As `coverage`, of a measure or of all measures of a kind together."""
        members = [i for i, m in enumerate(self.scores.measures) if m.name == title]
        members = members or [i for i, m in enumerate(self.scores.measures) if m.kind == title]
        return coverage(self.scores.statuses[members, self.scores.candidates.index(candidate)])

    def error_share(self, candidate: str) -> float | None:
        """Share of a candidate's requests that failed; None if it made none."""
        replies = self._read_replies()
        own = replies.failed[replies.candidates == self.tables.candidates.index(candidate)]
        return float(own.mean()) if own.size else None

    def _read_replies(self) -> _Replies:
        if self._replies is None:
            wanted = ("candidate", "case_id", "status", *REPLY_COLUMNS)
            table = read_columns(self.tables.folder / REPLIES_FILE, REPLIES, wanted)
            names = self.tables.cases["case_id"].to_pylist()
            cases = codes_of(table["case_id"], names)
            known = cases >= 0
            self._replies = _Replies(
                codes_of(table["candidate"], self.tables.candidates)[known],
                cases[known],
                (codes_of(table["status"], ("ok",)) < 0)[known],
                {name: table[name].to_numpy().astype(np.float64)[known] for name in REPLY_COLUMNS},
            )
        return self._replies
