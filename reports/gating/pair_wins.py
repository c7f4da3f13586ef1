"""Wins of one candidate over another, by dialogue, as rules about win rates need them."""

from __future__ import annotations

import numpy as np

from reports.preferences import WIN_SHARES
from reports.statistics.clusters import ClusterSums, sum_by_dialogue
from reports.tables import PREFERENCES, PREFERENCES_FILE, RunTables, codes_of, names_in, read_columns

_READ = ("case_id", "candidate", "against", "measure", "status", "outcome")


def pair_wins(
    tables: RunTables, measure: str, pair: tuple[str, str], cases: np.ndarray | None = None
) -> tuple[ClusterSums, float | None]:
    """The comparisons of a candidate with another that had a win, a tie (one half) or a loss.

    Args:
        tables: The run.
        measure: The rubric of pairs.
        pair: The candidate, and the one that it is compared with; the run may hold them the other way round.
        cases: Only these, where not all are meant; booleans, shape [cases].

    Returns:
        The wins by dialogue, one column; and the share of comparisons that could be read among those that apply.

    Raises:
        ReportError: The table of comparisons is missing or torn.
    """
    table = read_columns(tables.folder / PREFERENCES_FILE, PREFERENCES, _READ)
    sides = [codes_of(table[name], pair) for name in ("candidate", "against")]
    own = (sides[0] >= 0) & (sides[1] >= 0) & (sides[0] != sides[1]) & (codes_of(table["measure"], (measure,)) == 0)
    case = codes_of(table["case_id"], tables.cases["case_id"].to_pylist())
    own &= case >= 0
    if cases is not None:
        own &= cases[case]
    statuses = codes_of(table["status"], ("ok", "skipped"))[own]
    applicable = int((statuses != 1).sum())
    shares = np.array([*WIN_SHARES.values(), np.nan])[codes_of(table["outcome"], tuple(WIN_SHARES))[own]]
    shares = np.where(sides[0][own] == 0, shares, 1 - shares)
    dialogues = codes_of(tables.cases["dialogue_id"], names_in(tables.cases["dialogue_id"]))
    groups = sum_by_dialogue(shares[np.newaxis], dialogues[case[own]])
    return groups, float((statuses == 0).sum() / applicable) if applicable else None
