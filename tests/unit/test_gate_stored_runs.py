"""Rules against a stored run: the same cases, refusals that name what differs, and runs that cannot be leaned on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from report_run_folder import case, manifest, measure, result, run_of_values, write_table
from test_gate_kinds import DIALOGUES, IDS, spread

from reports.analysis import analyse
from reports.errors import ReportError
from reports.gating.finished_runs import read_finished
from reports.gating.gate import RuleOutcome, Terms, evaluate_gate, rules_of
from reports.gating.policy import GateRule
from reports.tables import RESULTS, read_tables

JUDGE = "judge:{}|rubric:quality@v1:{}|readout:scale|v:0.1.0"


def stored(folder: Path, name: str = "june", mean: float = 0.6, **changes: Any) -> Path:
    data = manifest([name], **{"run": "earlier", **changes.pop("fields", {})})
    return run_of_values(folder / "earlier", {name: spread(mean)}, DIALOGUES, manifest_data=data, **changes)


def run(folder: Path, **changes: Any) -> Path:
    return run_of_values(folder / "now", {"base": spread(0.5), "june": spread(0.7)}, DIALOGUES, **changes)


def rule(folder: Path, **changes: Any) -> GateRule:
    return GateRule.model_validate({"measure": "quality", "against_run": folder, "margin": 0.05, **changes})


def judged(now: Path, earlier: Path, *allow: Any, **changes: Any) -> RuleOutcome:
    (found,) = evaluate_gate(read_tables(now), [rule(earlier, **changes)], Terms(allow=allow)).outcomes
    return found


OTHER_SUITE = {"suite": manifest()["suite"] | {"hash": "77acc0de" * 8, "version": "2"}}


def test_the_candidate_of_the_same_name_is_compared_with(tmp_path: Path) -> None:
    found = judged(run(tmp_path), stored(tmp_path))
    assert (found.outcome, found.figure) == ("pass", pytest.approx(0.1))
    assert "differs from earlier:june by +0.100" in found.reason
    alone = judged(run(tmp_path / "b"), stored(tmp_path / "b", "old_june"))
    assert "earlier:old_june" in alone.reason
    with pytest.raises(ReportError, match=r"no candidate 'jun'; did you mean 'june'\?; say with `against`"):
        judged(run(tmp_path / "c"), stored(tmp_path / "c"), against="jun")


def test_cases_are_matched_by_name_and_lacking_ones_count_as_unmeasured(tmp_path: Path) -> None:
    earlier = run_of_values(
        tmp_path / "few", {"june": spread(0.6)[:20]}, DIALOGUES[:20], manifest_data=manifest(["june"])
    )
    found = judged(run(tmp_path), earlier)
    assert (found.outcome, found.figure) == ("inconclusive", pytest.approx(0.1))
    assert "only 50" in found.reason
    assert judged(run(tmp_path / "b"), earlier, min_coverage=0.4).outcome == "pass"


def test_runs_that_share_no_case_are_refused(tmp_path: Path) -> None:
    others = [f"x{i}" for i in range(40)]
    earlier = run_of_values(tmp_path / "others", {"june": spread(0.6)}, others, manifest_data=manifest(["june"]))
    with pytest.raises(ReportError, match="shares no case with"):
        judged(run(tmp_path), earlier)


def test_other_suites_and_references_are_refused_by_hash_and_can_be_allowed(tmp_path: Path) -> None:
    rows = [case(c, references=["Another one."] if c == IDS[0] else ["Small, medium or large?"]) for c in IDS]
    earlier = stored(tmp_path, fields=OTHER_SUITE, cases=rows)
    now = run(tmp_path)
    with pytest.raises(ReportError) as caught:
        judged(now, earlier)
    for part in (
        "the suite's hash differs",
        "9f31c0de, against coffee_orders 2, 77acc0de",
        "hash of the references of 1 of 40",
    ):
        assert part in str(caught.value)
    assert "`--allow suite --allow references`" in str(caught.value)
    with pytest.raises(ReportError, match="--allow references`"):
        judged(now, earlier, "suite")
    assert judged(now, earlier, "suite", "references").outcome == "pass"


@pytest.mark.parametrize(
    ("what", "ours", "theirs"),
    [
        ("rubrics", JUDGE.format("small@9f31", "77ac"), JUDGE.format("small@9f31", "0e28")),
        ("judges", JUDGE.format("small@9f31", "77ac"), JUDGE.format("large@a754", "77ac")),
    ],
)
def test_rubrics_and_judges_are_told_apart(tmp_path: Path, what: str, ours: str, theirs: str) -> None:
    now = run(tmp_path, measures=[measure("quality", signature=ours)])
    earlier = stored(tmp_path, measures=[measure("quality", signature=theirs)])
    with pytest.raises(ReportError, match=f"--allow {what}`"):
        judged(now, earlier)
    assert judged(now, earlier, what).outcome == "pass"


def test_metrics_taken_differently_and_other_hardware(tmp_path: Path) -> None:
    now = run(tmp_path, measures=[measure("quality", kind="reference", signature="a")])
    earlier = stored(
        tmp_path, measures=[measure("quality", kind="reference", signature="b")], fields={"hardware": "1 x H100"}
    )
    with pytest.raises(ReportError, match="--allow metrics`"):
        judged(now, earlier)
    with pytest.raises(ReportError, match=r"seconds were taken on other hardware .*--allow hardware`"):
        judged(now, earlier, measure="latency_s")


def test_a_stored_run_without_the_measure_or_the_folder(tmp_path: Path) -> None:
    now = run(tmp_path)
    with pytest.raises(ReportError, match="no measure 'quality'; did you mean 'qualities'"):
        judged(now, run_without_quality(tmp_path))
    with pytest.raises(ReportError, match="there is no such run folder"):
        judged(now, tmp_path / "gone")


def run_without_quality(folder: Path) -> Path:
    earlier = stored(folder / "other")
    text = (earlier / "measures.json").read_text(encoding="utf-8").replace('"quality"', '"qualities"')
    (earlier / "measures.json").write_text(text, encoding="utf-8")
    rows = [result(c, "june", "qualities", 0.5) for c in IDS]
    write_table(earlier / "results.parquet", RESULTS, rows)
    return earlier


def test_reports_are_written_where_the_stored_run_is_gone(tmp_path: Path) -> None:
    data = manifest(["base", "june"])
    gone = {"measure": "quality", "against_run": str(tmp_path / "gone"), "margin": 0.05}
    data["spec"] = {"gate": [gone, {"measure": "quality", "at_least": 0.1}]}
    gate = analyse(read_tables(run(tmp_path, manifest_data=data))).gate
    assert gate is not None
    assert [o.outcome for o in gate.outcomes] == ["inconclusive", "pass"]
    assert "It could not be compared" in gate.outcomes[0].reason


def test_a_report_of_a_run_without_a_slice_of_its_gate_is_made_and_the_rule_is_inconclusive(tmp_path: Path) -> None:
    data = manifest(["base", "june"])
    rare = {"measure": "quality", "at_least": 0.1, "slice": {"act": "confirm"}}
    data["spec"] = {"gate": [rare, {"measure": "quality", "at_least": 0.1}]}
    tables = read_tables(run(tmp_path, manifest_data=data))
    for language, reason in (
        ("en", "quality: no case of the run is in the slice confirm (act), so there is nothing to judge."),
        ("ru", "quality: ни один случай прогона не попадает в срез confirm (акт), судить не о чем."),
    ):
        gate = analyse(tables, language).gate
        assert gate is not None
        assert [o.outcome for o in gate.outcomes] == ["inconclusive", "pass"]
        assert gate.outcomes[0].reason == reason
    with pytest.raises(ReportError, match=r"^gate: there is no act 'confirm'; known: none$"):
        evaluate_gate(tables, rules_of(tables))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": "incomplete", "finished": None}, "is a run in progress, or one that was broken off"),
        ({"schema": 2}, r"was written by a newer version of Rejoinder \(schema 2, this one knows 1\)"),
        ({"baseline": "nobody"}, "the baseline 'nobody' is none of the candidates"),
    ],
)
def test_runs_that_cannot_be_leaned_on(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    folder = run(tmp_path)
    data = json.loads((folder / "manifest.json").read_text(encoding="utf-8")) | change
    (folder / "manifest.json").write_text(json.dumps(data), encoding="utf-8")
    (folder / "results.parquet").unlink()
    with pytest.raises(ReportError, match=words):
        read_finished(folder)


@pytest.mark.parametrize("name", ["manifest.json", "measures.json", "cases.parquet", "results.parquet"])
def test_torn_files_are_named(tmp_path: Path, name: str) -> None:
    folder = run(tmp_path)
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ReportError, match=name):
        read_finished(folder)
