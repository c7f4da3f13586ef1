"""Candidates against the baseline, slices of the suite, and acts due and done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from report_coffee_run import coffee_run
from report_run_folder import case, manifest, measure, result, run_of_values, write_run
from scipy import stats
from sklearn.metrics import confusion_matrix

from reports.comparison import compare, comparison_file
from reports.confusion import confusions_of
from reports.estimates import ComparisonFile, Difference
from reports.records import Measure, MeasureOfRun
from reports.reporting import write_reports
from reports.scores import STATUSES, Scores, scores_of
from reports.slices import MOST_SLICES, slices_of
from reports.tables import RunTables, read_tables

TWELVE = [f"d{i}" for i in range(12)]


def difference_of(folder: Path, name: str = "june", key: str = "quality") -> Difference:
    tables = read_tables(folder)
    return compare(scores_of(tables), tables.manifest.baseline).differences[key, name]


def test_only_cases_where_both_are_ok_are_compared(tmp_path: Path) -> None:
    base = [0.0, 0.0, None, 1.0] * 3
    june = [1.0, None, 1.0, 1.0] * 3
    run = run_of_values(tmp_path, {"base": base, "june": june}, [*TWELVE[:6], *TWELVE[:6]])
    difference = difference_of(run)
    assert difference.difference == pytest.approx(0.5)
    assert (difference.cases, difference.wins, difference.ties, difference.losses) == (6, 3, 3, 0)
    assert difference.dialogues == 6
    tables = read_tables(run)
    means = compare(scores_of(tables), "base").means
    assert means["quality", "base"].mean == pytest.approx(3 / 9)
    assert means["quality", "base"].coverage == pytest.approx(9 / 12)
    assert means["quality", "base"].statuses["error"] == 3


def test_several_seeds_of_a_case_count_as_one_case(tmp_path: Path) -> None:
    cases = [f"{name}#1" for name in TWELVE]
    rows = [
        result(c, name, "quality", value, seed=seed)
        for c in cases
        for name, values in {"base": (0.5, 0.5, 0.5), "june": (0.0, 0.6, 0.9)}.items()
        for seed, value in enumerate(values)
    ]
    run = write_run(
        tmp_path,
        measures=[measure("quality")],
        cases=map(case, cases),
        results=rows,
        manifest_data=manifest(seeds=[0, 1, 2]),
    )
    difference = difference_of(run)
    assert (difference.cases, difference.ties) == (12, 12)
    assert difference.difference == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("higher_is_better", "shift", "relation"),
    [
        (True, 0.2, "better"),
        (True, -0.2, "worse"),
        (False, 0.2, "worse"),
        (False, -0.2, "better"),
        (None, 0.2, "different"),
        (True, 0.0, "unclear"),
        (None, 0.0, "unclear"),
    ],
)
def test_relation_goes_by_the_measures_good_side(
    tmp_path: Path, higher_is_better: bool | None, shift: float, relation: str
) -> None:
    base = list(np.random.default_rng(0).random(12))
    noise = np.random.default_rng(1).normal(0, 0.05, 12)
    run = run_of_values(
        tmp_path,
        {"base": base, "june": [b + shift + n for b, n in zip(base, noise, strict=True)]},
        TWELVE,
        measures=[measure("quality", higher_is_better=higher_is_better)],
    )
    difference = difference_of(run)
    assert difference.relation == relation
    assert difference.difference == pytest.approx(shift, abs=0.05)
    if relation == "better":
        assert difference.wins > difference.losses
    if relation == "worse":
        assert difference.wins < difference.losses


def test_identical_candidates_are_not_told_apart(tmp_path: Path) -> None:
    values = [0.1, 0.7, 0.3] * 4
    difference = difference_of(run_of_values(tmp_path, {"base": values, "june": values}, TWELVE))
    assert difference.interval is not None
    assert (difference.interval.low, difference.interval.high) == (0.0, 0.0)
    assert (difference.relation, difference.p_value, difference.ties) == ("unclear", 1.0, 12)


def test_too_few_dialogues_are_unclear_however_large_the_difference(tmp_path: Path) -> None:
    difference = difference_of(run_of_values(tmp_path, {"base": [0.0] * 4, "june": [1.0] * 4}, TWELVE[:4]))
    assert (difference.interval, difference.relation, difference.difference) == (None, "unclear", 1.0)


def test_comparison_file_is_plain_json(tmp_path: Path) -> None:
    tables = read_tables(coffee_run(tmp_path, dialogues=12))
    comparison = compare(scores_of(tables), "base")
    text = comparison_file(tables, comparison).model_dump_json()
    data = json.loads(text)
    assert data["schema"] == 1
    assert data["baseline"] == "base"
    assert len(data["means"]) == 16 * 3
    assert len(data["differences"]) == 16 * 2
    row = next(d for d in data["differences"] if d["measure"] == "act" and d["candidate"] == "order_taker")
    assert row["interval"]["low"] < row["difference"] < row["interval"]["high"]
    assert 0 < row["p_value"] <= 1
    assert row["wins"] + row["ties"] + row["losses"] == row["cases"] <= len(tables.cases)
    assert ComparisonFile.model_validate_json(text).means == tuple(comparison.means.values())


def test_slices_are_the_run_on_fewer_cases(tmp_path: Path) -> None:
    tables = read_tables(coffee_run(tmp_path, dialogues=30))
    scores = scores_of(tables)
    slices = {(part.kind, part.name): part for part in slices_of(tables, scores).slices}
    acts, tags = tables.cases["act"].to_pylist(), tables.cases["tags"].to_pylist()
    assert {name for kind, name in slices if kind == "act"} == set(acts)
    assert {name for kind, name in slices if kind == "tag"} == {tag for own in tags for tag in own}
    part = slices["tag", "complete_order"]
    inside = np.array(["complete_order" in own for own in tags])
    m = next(i for i, info in enumerate(tables.measures) if info.name == "rouge1")
    c = tables.candidates.index("june")
    assert part.cases == inside.sum()
    assert part.means["rouge1", "june"].mean == pytest.approx(np.nanmean(scores.values[m, c, inside]))
    paired = scores.values[m, c, inside] - scores.values[m, 0, inside]
    assert part.differences["rouge1", "june"].difference == pytest.approx(np.nanmean(paired))


def test_slices_are_few_and_none_is_the_whole_suite(tmp_path: Path) -> None:
    cases = [case(f"d{i}#1", tags=["everywhere", f"t{i % 45:02}", f"t{i % 45:02}"], act="inform") for i in range(100)]
    run = write_run(tmp_path, measures=[measure("quality")], cases=cases, results=[])
    tables = read_tables(run)
    slices = slices_of(tables, scores_of(tables))
    assert len(slices.slices) == MOST_SLICES
    assert slices.left_out == 45 - MOST_SLICES
    assert slices.slices[0].cases == 3
    assert slices.slices[0].is_small
    assert slices.slices[0].means["quality", "base"].mean is None


def test_confusions_are_scikit_learns(tmp_path: Path) -> None:
    tables = read_tables(coffee_run(tmp_path, dialogues=40))
    due_of = dict(zip(tables.cases["case_id"].to_pylist(), tables.cases["act"].to_pylist(), strict=True))
    rows = [row for row in tables.results.to_pylist() if row["measure"] == "act"]
    for confusion in confusions_of(tables):
        own = [row for row in rows if row["candidate"] == confusion.candidate]
        measured = [row for row in own if row["status"] == "ok"]
        published = confusion_matrix(
            [due_of[row["case_id"]] for row in measured], [row["label"] for row in measured], labels=confusion.done
        )
        assert confusion.counts[:, :-1].tolist() == published[: len(confusion.due)].tolist()
        assert confusion.counts[:, -1].sum() == len(own) - len(measured)
        right, counted = confusion.right()
        assert right == sum(row["value"] for row in measured)
        assert counted == len(measured)


def test_runs_without_acts_have_no_confusions(tmp_path: Path) -> None:
    run = run_of_values(tmp_path, {"base": [0.5]}, ["d1"], manifest_data=manifest(["base"]))
    tables: RunTables = read_tables(run)
    assert confusions_of(tables) == ()


def seeded_run(folder: Path, base: list[float], june: list[float], **measured: Any) -> Path:
    """One case a dialogue."""
    return run_of_values(
        folder, {"base": base, "june": june}, TWELVE[: len(base)], measures=[measure("quality", **measured)]
    )


def test_yes_no_measures_are_tested_by_mcnemar(tmp_path: Path) -> None:
    run = seeded_run(tmp_path, [0.0] * 9 + [1.0] * 3, [1.0] * 7 + [0.0] * 2 + [1.0] * 2 + [0.0])
    difference = difference_of(run)
    assert (difference.wins, difference.losses, difference.test) == (7, 1, "mcnemar")
    assert difference.p_value == pytest.approx(stats.binomtest(7, 8).pvalue)


def test_graded_measures_are_tested_by_random_signs(tmp_path: Path) -> None:
    apart = np.random.default_rng(2).normal(0.1, 0.1, 12)
    difference = difference_of(seeded_run(tmp_path, [0.5] * 12, list(0.5 + apart)))
    published = stats.permutation_test((apart,), np.sum, permutation_type="samples", n_resamples=np.inf)
    assert difference.test == "sign_flips"
    assert difference.p_value == pytest.approx(published.pvalue)
    assert difference.p_bootstrap is not None and difference.p_bootstrap < 0.05
    assert difference.standard_error == pytest.approx(stats.sem(apart))
    assert difference.effect_size == pytest.approx(stats.ttest_1samp(apart, 0).statistic / 12**0.5)


def test_open_questions_say_how_many_more_dialogues_would_settle_them(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).normal(0, 0.1, 12)
    clear = difference_of(seeded_run(tmp_path / "clear", [0.5] * 12, list(0.9 + noise)))
    is_open = difference_of(seeded_run(tmp_path / "open", [0.5] * 12, list(0.52 + noise - noise.mean())))
    assert (clear.relation, clear.more_dialogues) == ("better", None)
    assert is_open.relation == "unclear"
    assert is_open.smallest_detectable == pytest.approx(clear.smallest_detectable)
    needed = 12 * ((1.96 + 0.8416) * float(np.std(noise, ddof=1)) / 12**0.5 / 0.02) ** 2
    assert is_open.more_dialogues == pytest.approx(needed - 12, abs=1)


def test_every_p_value_names_its_correction(tmp_path: Path) -> None:
    tables = read_tables(coffee_run(tmp_path, dialogues=20))
    differences = list(compare(scores_of(tables), "base").differences.values())
    assert {difference.correction for difference in differences} == {"benjamini-hochberg"}
    plain = np.array([d.p_value for d in differences], float)
    found = np.array([d.p_corrected for d in differences], float)
    tested = np.isfinite(plain)
    assert found[tested] == pytest.approx(stats.false_discovery_control(plain[tested]))
    assert {d.test for d in differences} == {"mcnemar", "sign_flips"}


def many_dialogues(count: int) -> Scores:
    """One case a dialogue: june is a little better on a graded and on a yes/no measure of scale 0 to 100."""
    generator = np.random.default_rng(9)
    graded = generator.normal([[0.5], [0.504]], 0.1, (2, count))
    yes_no = 100.0 * (generator.random((2, count)) < [[0.80], [0.82]])
    measures = (measure("graded", scale=None), measure("yes_no", kind="check", scale=[0, 100]))
    values = np.stack([graded, yes_no])
    statuses = np.zeros((2, 2, len(STATUSES)), np.int64)
    statuses[:, :, STATUSES.index("ok")] = count
    listed = tuple(MeasureOfRun.model_validate(one) for one in measures)
    return Scores(listed, ("base", "june"), np.arange(count, dtype=np.int32), values, np.isnan(values), statuses)


def test_many_dialogues_have_both_intervals_and_both_tests() -> None:
    scores = many_dialogues(6_000)
    comparison = compare(scores, "base")
    graded, yes_no = (comparison.differences[name, "june"] for name in ("graded", "yes_no"))
    for estimate in (graded, yes_no, *comparison.means.values()):
        formula, drawn = estimate.interval, estimate.bootstrap_interval
        assert formula is not None and drawn is not None
        assert drawn.low == pytest.approx(formula.low, abs=0.1 * formula.half_width)
        assert drawn.high == pytest.approx(formula.high, abs=0.1 * formula.half_width)
    apart = scores.values[0, 1] - scores.values[0, 0]
    assert graded.test == "sign_flips_normal"
    assert graded.p_value == pytest.approx(stats.ttest_1samp(apart, 0).pvalue, rel=0.1)
    assert (yes_no.test, yes_no.ties) == ("mcnemar", 6_000 - yes_no.wins - yes_no.losses)
    assert yes_no.p_value == pytest.approx(stats.binomtest(yes_no.wins, yes_no.wins + yes_no.losses).pvalue)
    for difference in (graded, yes_no):
        assert difference.p_bootstrap == pytest.approx(difference.p_value, abs=0.02)


def test_every_p_value_in_the_file_has_its_correction_beside_it(tmp_path: Path) -> None:
    run = coffee_run(tmp_path, dialogues=20)
    write_reports(run)
    found: set[tuple[str, str]] = set()
    unread = [json.loads((run / "comparison.json").read_text(encoding="utf-8"))]
    while unread:
        node = unread.pop()
        unread += node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
        for key in {"p_value", "p_corrected", "p_bootstrap"} & node.keys() if isinstance(node, dict) else ():
            found.add((key, node[f"{key}_correction"] if f"{key}_correction" in node else node["correction"]))
    assert found == {("p_value", "none"), ("p_bootstrap", "none"), ("p_corrected", "benjamini-hochberg")}


def dialogue_run(folder: Path, base: list[float | None], june: list[float | None]) -> RunTables:
    """Two turns a dialogue; None is an error."""
    dialogues = [name for name in TWELVE[: len(base) // 2] for _ in range(2)]
    return read_tables(
        run_of_values(folder, {"base": base, "june": june}, dialogues, measures=[measure("quality", kind="check")])
    )


def test_dialogue_passes_when_all_its_turns_pass(tmp_path: Path) -> None:
    base = [1.0, 1.0, 1.0, 0.5, 0.0, 0.0, 1.0, None, 0.0, None] + [0.0, 1.0] * 2
    june = [1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0] + [1.0, 1.0] * 2
    tables = dialogue_run(tmp_path, base, june)
    comparison = compare(scores_of(tables), "base")
    passing = comparison.means["quality", "base"].passing
    assert passing is not None
    assert (passing.share, passing.dialogues) == (pytest.approx(1 / 6), 6)  # the fourth has a turn without a value
    mean = comparison.means["quality", "base"].mean
    assert mean is not None and mean > passing.share
    apart = comparison.differences["quality", "june"].passing
    assert apart is not None
    assert (apart.wins, apart.ties, apart.losses) == (4, 2, 0)
    assert apart.p_value == pytest.approx(stats.binomtest(4, 4).pvalue)
    assert apart.difference == pytest.approx(4 / 6)


@pytest.mark.parametrize(
    ("changes", "passing"),
    [
        ({"kind": "check"}, 1.0),
        ({"kind": "act", "higher_is_better": False}, 0.0),
        ({"kind": "judge"}, 0.5),
        ({"kind": "judge", "scale": [1, 5]}, None),
        ({"kind": "judge", "scale": [1, 5], "passes_at": 4}, 4),
        ({"kind": "reference"}, None),
        ({"kind": "check", "higher_is_better": None}, None),
    ],
)
def test_which_value_passes(changes: dict[str, Any], passing: float | None) -> None:
    assert Measure.model_validate(measure("quality", **changes)).passing == passing


def test_turn_passes_only_if_its_mean_over_seeds_does(tmp_path: Path) -> None:
    rows = [
        result(f"{name}#1", candidate, "order", float(candidate == "june" or seed == 0), seed=seed)
        for name in TWELVE
        for candidate in ("base", "june")
        for seed in (0, 1)
    ]
    run = write_run(
        tmp_path,
        measures=[measure("order", kind="check")],
        cases=[case(f"{name}#1") for name in TWELVE],
        results=rows,
        manifest_data=manifest(seeds=[0, 1]),
    )
    means = compare(scores_of(read_tables(run)), "base").means
    shares = [passing.share for name in ("base", "june") if (passing := means["order", name].passing)]
    assert shares == [0.0, 1.0]
    assert means["order", "base"].mean == 0.5


def test_slices_by_language_depth_and_length(tmp_path: Path) -> None:
    cases = [
        case(f"d{i}#{turn}", turn=turn, language="ru" if i % 3 else "en", context_characters=100 * turn + i)
        for i in range(40)
        for turn in (1, 3, 5, 11)
    ]
    tables = read_tables(write_run(tmp_path, measures=[measure("quality")], cases=cases, results=[]))
    found = slices_of(tables, scores_of(tables)).slices
    by_kind = {kind: [(part.name, part.cases) for part in found if part.kind == kind] for kind in ("language", "depth")}
    assert by_kind == {
        "language": [("ru", 104), ("en", 56)],
        "depth": [("1", 40), ("3", 40), ("5", 40), ("11", 40)],
    }
    lengths = [part for part in found if part.kind == "length"]
    assert [(part.name, part.cases) for part in lengths] == [
        ("100–139", 40), ("300–339", 40), ("500–539", 40), ("1,100–1,139", 40)
    ]  # fmt: skip
    assert {part.name for part in found if part.is_small} == {"en"}


def test_runs_of_earlier_versions_have_no_slices_by_length(tmp_path: Path) -> None:
    cases = [case(f"d{i}#1", act=["inform", "clarify"][i % 2]) for i in range(40)]
    run = write_run(tmp_path, measures=[measure("quality")], cases=cases, results=[])
    pq.write_table(pq.read_table(run / "cases.parquet").drop_columns(["context_characters"]), run / "cases.parquet")
    tables = read_tables(run)
    assert {part.kind for part in slices_of(tables, scores_of(tables)).slices} == {"act"}
