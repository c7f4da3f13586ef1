"""Pairs and juries over the command line, with recorded replies and judges whose verdicts are known beforehand."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from fake_judge_engine import KIND, install_fake_judges
from recorded_runs import QUICK_METRICS, Rejoinder, write_recorded_spec

from suites.cases import cases_of
from suites.loading import load_suite

CASES = list(cases_of(load_suite("coffee_orders")))
THREE = "candidates: {poor: {}, good: {}, wordy: {}}\n"


def write_spec(folder: Path, extra: str, rule: str = "length", suite: str = "coffee_orders") -> Path:
    """`good` says a reference, `poor` another case's, `wordy` the same as `good` with more words."""
    spec = write_recorded_spec(folder, suite)
    replies = folder / "replies.jsonl"
    lines = [json.loads(line) for line in replies.read_text(encoding="utf-8").splitlines()]
    wordy = [
        line | {"candidate": "wordy", "reply": f"{line['reply']} And one more word."}
        for line in lines
        if line["candidate"] == "good"
    ]
    replies.write_text("".join(json.dumps(line) + "\n" for line in [*lines, *wordy]), encoding="utf-8")
    text = spec.read_text(encoding="utf-8").replace("candidates: {poor: {}, good: {}}\n", THREE)
    engine = f"judge_engine: {{kind: {KIND}, options: {{rule: {rule}, log: {folder / 'asked.jsonl'}, "
    spec.write_text(f"{text}{QUICK_METRICS}{engine}demands: {{judge: 30, judge.style_strict: 60}}}}}}\n{extra}")
    return spec


@pytest.fixture(autouse=True)
def fake_judges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plugin").mkdir()
    install_fake_judges(tmp_path / "plugin", monkeypatch)


def asked(folder: Path) -> int:
    return len((folder / "asked.jsonl").read_text(encoding="utf-8").splitlines())


def test_a_judge_that_likes_length(rejoinder: Rejoinder, tmp_path: Path) -> None:
    spec = write_spec(tmp_path, "judges:\n  - {rubric: better_reply, pairs: all}\n")
    out = tmp_path / "run"
    answer = rejoinder("run", spec, "--out", out)
    assert answer.returncode == 0, answer.stderr
    rows = pq.read_table(out / "preferences.parquet").to_pylist()
    assert len(rows) == 3 * len(CASES)
    for row in rows:
        assert row["status"] == "ok"
        by_length = row["length"] - row["length_against"]
        assert row["outcome"] == ("win" if by_length > 0 else "loss" if by_length < 0 else "tie"), row
    told = json.loads((out / "preferences.json").read_text(encoding="utf-8"))["preferences"][0]
    assert told["ranking"][0]["candidate"] == "wordy"
    rates = {(rate["candidate"], rate["against"]): rate for rate in told["win_rates"]}
    wordy = rates["wordy", "poor"]
    assert wordy["win_rate"] > 0.7 and wordy["inconsistent"] == 0
    assert wordy["length_controlled"]["win_rate"] == pytest.approx(0.5, abs=0.1)
    assert rates["good", "wordy"]["win_rate"] == 0
    assert rates["good", "wordy"]["length_controlled"] is None  # never as long, so nothing is known of equal length
    assert "wordy wins" in answer.stdout and "Ranking by Better reply" in answer.stdout
    assert "Preferences" in (out / "report.md").read_text(encoding="utf-8")


def test_a_judge_of_places_is_found_out_and_finished_pairs_are_not_asked_again(
    rejoinder: Rejoinder, tmp_path: Path
) -> None:
    spec = write_spec(tmp_path, "judges:\n  - {rubric: better_reply, pairs: baseline}\n", rule="first place")
    out = tmp_path / "run"
    assert rejoinder("run", spec, "--out", out).returncode == 0
    rows = pq.read_table(out / "preferences.parquet").to_pylist()
    assert {(row["candidate"], row["against"]) for row in rows} == {("good", "poor"), ("wordy", "poor")}
    said = map(json.loads, (tmp_path / "replies.jsonl").read_text(encoding="utf-8").splitlines())
    replies = {(line["case_id"], line["candidate"]): line["reply"] for line in said}
    for row in rows:
        same = replies[row["case_id"], row["candidate"]] == replies[row["case_id"], "poor"]
        assert row["outcome"] == ("tie" if same else "inconsistent")
    before = asked(tmp_path)
    log = out / "records" / "preferences.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
    log.write_text("".join(lines[:-5]), encoding="utf-8")
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    (out / "manifest.json").write_text(json.dumps(manifest | {"status": "incomplete", "finished": None}))
    assert rejoinder("run", spec, "--out", out).returncode == 0
    again = sorted(log.read_text(encoding="utf-8").splitlines())
    assert again == sorted(line.rstrip("\n") for line in lines)
    assert asked(tmp_path) - before <= 5 * 2 + 3  # both orders of five, and the check of the readout
    for name in ("preferences.parquet", "preferences.json"):
        (out / name).unlink()
    assert rejoinder("report", out).returncode == 0
    assert pq.read_table(out / "preferences.parquet").to_pylist() == rows


JURY = """\
judges:
  - {rubric: style}
  - {rubric: style, name: style_strict, model: strict}
juries:
  manner: {members: [style, style_strict], title: Manner}
gate:
  - {measure: manner.disagreement, candidate: wordy, at_most: 0.05}
"""


def test_a_jury_is_a_measure_and_its_disagreement_can_be_gated(rejoinder: Rejoinder, tmp_path: Path) -> None:
    out = tmp_path / "run"
    answer = rejoinder("run", write_spec(tmp_path, JURY), "--out", out)
    assert answer.returncode in (0, 1), answer.stderr
    by_place: dict[tuple[str, str], dict[str, float]] = {}
    for row in pq.read_table(out / "results.parquet").to_pylist():
        by_place.setdefault((row["case_id"], row["candidate"]), {})[row["measure"]] = row["value"]
    for values in by_place.values():
        members = values["style"], values["style_strict"]
        assert values["manner"] == pytest.approx(sum(members) / 2)
        assert values["manner.disagreement"] == pytest.approx(abs(members[0] - members[1]))
    apart = [values["manner.disagreement"] for place, values in by_place.items() if place[1] == "wordy"]
    assert 0.05 < sum(apart) / len(apart) < 0.9
    assert rejoinder("gate", out).returncode == 1
    assert "Manner: disagreement" in (out / "report.md").read_text(encoding="utf-8")
    signatures = {m["name"]: m["signature"] for m in json.loads((out / "measures.json").read_text(encoding="utf-8"))}
    assert "judge:judge.style_strict@" in signatures["manner"] and "jury:mean" in signatures["manner"]


def test_faults_are_told_with_file_line_and_field(rejoinder: Rejoinder, tmp_path: Path) -> None:
    spec = write_spec(tmp_path, "judges:\n  - {rubric: better_reply}\n")
    answer = rejoinder("run", spec)
    line = spec.read_text(encoding="utf-8").splitlines().index("  - {rubric: better_reply}") + 1
    assert answer.returncode == 2
    assert f"eval.yaml:{line}: judges.0.rubric: compares two replies" in answer.stderr.replace("\n", " ")
    assert "Traceback" not in answer.stderr


FITTED = JURY.replace("title: Manner", "combine: fitted, weights: manner.json")


def write_labels(file: Path) -> None:
    """Replies that people pass where they are as long as the strict judge demands."""
    context = [[{"role": "user", "content": f"A latte for table {number}, please."}] for number in range(12)]
    lines = [
        {"context": turns, "reply": "x" * length, "labels": ["pass" if length >= 60 else "fail"]}
        for turns in context
        for length in (20, 40, 50, 70)
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def test_a_jury_fitted_to_labels(rejoinder: Rejoinder, tmp_path: Path) -> None:
    spec = write_spec(tmp_path, FITTED)
    write_labels(tmp_path / "labels.jsonl")
    missing = rejoinder("run", spec)
    assert missing.returncode == 2 and "rejoinder judge fit-jury" in missing.stderr
    fitted = rejoinder("judge", "fit-jury", spec, "manner", "--labels", tmp_path / "labels.jsonl")
    assert fitted.returncode == 0, fitted.stderr
    assert "48 replies to 12 contexts, 0 left out" in fitted.stdout
    told = json.loads((tmp_path / "manner.json").read_text(encoding="utf-8"))
    assert told["fitted"]["weights"]["style_strict"] > 2 * abs(told["fitted"]["weights"]["style"])
    assert told["cross_validated"]["fitted"]["brier"] < told["cross_validated"]["mean"]["brier"]
    out = tmp_path / "run"
    assert rejoinder("run", spec, "--out", out).returncode in (0, 1)
    for row in pq.read_table(out / "results.parquet").to_pylist():
        if row["measure"] == "manner":
            assert row["status"] == "ok" and 0 < row["value"] < 1
    unknown = rejoinder("judge", "fit-jury", spec, "maner", "--labels", tmp_path / "labels.jsonl")
    assert unknown.returncode == 2 and "did you mean 'manner'?" in unknown.stderr.replace("\n", " ")
