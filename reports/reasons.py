"""Why measures could not be taken at all: the commonest reason that their measurements give.

Reasons are long, so they are read in batches and only of the measures that are asked for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from itertools import chain

import pyarrow as pa
import pyarrow.compute as pc

from reports.tables import RESULTS, RESULTS_FILE, RunTables, iterate_columns


def commonest_reasons(tables: RunTables, measures: Collection[str]) -> dict[str, str]:
    """The reason that most measurements of each measure give which were due and could not be taken.

    Args:
        tables: The run.
        measures: Names of measures; those that give no reason are left out of the result.

    Raises:
        ReportError: The results are missing, torn, or not what this version of Rejoinder writes.
    """
    if not measures:
        return {}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for measure, reason in _failures(tables, measures):
        counts[measure][reason] += 1
    return {name: counts[name].most_common(1)[0][0] for name in measures if name in counts}


def _failures(tables: RunTables, measures: Collection[str]) -> Iterator[tuple[str, str]]:
    wanted = pa.array(list(measures), pa.string())
    files = [origin.folder / RESULTS_FILE for origin in tables.origins]
    for batch in chain.from_iterable(iterate_columns(f, RESULTS, ("measure", "status", "reason")) for f in files):
        measure, status, reason = (_plain(column) for column in batch.columns)
        failed = pc.invert(pc.is_in(status, value_set=pa.array(["ok", "skipped"])))
        chosen = pc.and_(pc.and_(pc.is_in(measure, value_set=wanted), failed), pc.is_valid(reason))
        yield from zip(measure.filter(chosen).to_pylist(), reason.filter(chosen).to_pylist(), strict=True)


def _plain(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
