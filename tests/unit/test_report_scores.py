"""The pivot of the results, against pandas, and what counts as measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from report_run_folder import case, manifest, measure, result, run_of_values, write_run

from reports.errors import ReportError
from reports.scores import STATUSES, coverage, scores_of
from reports.tables import read_tables


def test_pivot_is_pandas_groupby(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    cases = [f"d{i // 3}#{i % 3}" for i in range(60)]
    rows = [
        result(case_id, name, key, None if generator.random() < 0.2 else float(generator.random()), seed=seed)
        for case_id in cases
        for name in ("base", "june")
        for key in ("a", "b", "c")
        for seed in (0, 3, 11)
    ]
    order = generator.permutation(len(rows))
    run = write_run(
        tmp_path,
        measures=map(measure, "abc"),
        cases=map(case, cases),
        results=[rows[i] for i in order],
        manifest_data=manifest(seeds=[0, 3, 11]),
    )
    scores = scores_of(read_tables(run))
    frame = pd.DataFrame(rows)
    means = frame.groupby(["measure", "candidate", "case_id"])["value"].mean()
    for m, key in enumerate("abc"):
        for c, name in enumerate(("base", "june")):
            expected = means[key, name].reindex(cases)
            np.testing.assert_allclose(scores.values[m, c], expected.to_numpy())
            own = frame[(frame["measure"] == key) & (frame["candidate"] == name)]
            assert scores.coverage(m, c) == pytest.approx((own["status"] == "ok").mean())


def test_coverage_leaves_out_what_does_not_apply_and_counts_what_is_missing(tmp_path: Path) -> None:
    cases = [f"d{i}#0" for i in range(6)]
    statuses = ["ok", "unparsed", "refused", "error", "skipped"]
    rows = [
        result(case_id, "base", "quality", 1.0 if status == "ok" else None, status=status)
        for case_id, status in zip(cases, statuses, strict=False)
    ]
    run = write_run(tmp_path, measures=[measure("quality")], cases=map(case, cases), results=rows)
    scores = scores_of(read_tables(run))
    assert scores.statuses[0, 0].tolist() == [1] * 5 + [1]  # the sixth case has no row
    assert scores.coverage(0, 0) == pytest.approx(1 / 5)
    assert scores.coverage(0, 1) == 0.0


def test_coverage_of_what_never_applies_is_none() -> None:
    assert coverage(np.array([0, 0, 0, 0, 7, 0])) is None
    assert len(STATUSES) == 6


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_ok_without_a_number_is_an_error_not_a_number(tmp_path: Path, value: float | None) -> None:
    run = write_run(
        tmp_path,
        measures=[measure("quality")],
        cases=[case("d1#0"), case("d2#0")],
        results=[result("d1#0", "base", "quality", value, status="ok"), result("d2#0", "base", "quality", 0.5)],
    )
    scores = scores_of(read_tables(run))
    assert np.isnan(scores.values[0, 0, 0])
    assert scores.coverage(0, 0) == 0.5
    assert scores.statuses[0, 0, STATUSES.index("error")] == 1


@pytest.mark.parametrize("times", [2, 256, 512])
def test_what_is_measured_more_than_once_is_refused(tmp_path: Path, times: int) -> None:
    rows = [result("d1#0", "base", "quality", 0.5)] + [result("d2#0", "base", "quality", 0.5)] * times
    run = write_run(tmp_path, measures=[measure("quality")], cases=[case("d1#0"), case("d2#0")], results=rows)
    with pytest.raises(ReportError, match="measures the case 'd2#0' twice"):
        scores_of(read_tables(run))


def test_run_without_any_result(tmp_path: Path) -> None:
    run = write_run(tmp_path, measures=[measure("quality")], cases=[case("d1#0")], results=[])
    scores = scores_of(read_tables(run))
    assert np.isnan(scores.values).all()
    assert scores.coverage(0, 1) == 0.0


def test_parts(tmp_path: Path) -> None:
    run = run_of_values(tmp_path, {"base": [0.0, 1.0, 2.0], "june": [3.0, 4.0, 5.0]}, ["d1", "d1", "d2"])
    scores = scores_of(read_tables(run))
    part = scores.only(np.array([True, False, True]))
    assert part.values[0].tolist() == [[0.0, 2.0], [3.0, 5.0]]
    assert part.dialogues.tolist() == [0, 1]
    assert scores.of_measures(["other"]).values.shape == (0, 2, 3)
