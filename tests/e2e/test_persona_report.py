"""Persona runs from the command line: tables, reports in both languages, controls, the suite outside, and too little data."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from statistics import fmean
from typing import Any

import pyarrow.parquet as pq
import pytest
from fake_judge_engine import KIND, install_fake_judges
from persona_suite import persona_suite, write_replies
from recorded_runs import Rejoinder

from suites.cases import Case, cases_of
from suites.loading import load_suite

IMITATED = {
    "generic": "vera",
    "june": "june",
    "june.prompt_only": "vera",
    "june.other_card": "june",
    "bo": "vera",
    "bo.prompt_only": "vera",
    "bo.other_card": "vera",
}
SPEC = """suite: .
engine: {kind: recorded, options: {replies: replies.jsonl}}
metrics: [act, exact_match]
candidates:
  generic: {}
  june: {imitates: june}
  bo: {imitates: bo}
"""


def write_spec(folder: Path, section: str, dialogues: dict[str, tuple[int, int]] | None = None, **suite: Any) -> Path:
    persona_suite(folder, dialogues, **suite)
    write_replies(folder, IMITATED)
    spec = folder / "eval.yaml"
    spec.write_text(SPEC + section, encoding="utf-8")
    return spec


def write_replies_outside(spec: Path, cases: Iterable[Case]) -> None:
    """Replies to another suite, in the same file: all candidates answer well, but June's."""
    with (spec.parent / "replies.jsonl").open("a", encoding="utf-8") as lines:
        for case in cases:
            for candidate in ("generic", "june", "bo"):
                reply = "Ahoy, skipper!" if candidate == "june" else case.references[0]
                lines.write(json.dumps({"case_id": case.id, "candidate": candidate, "reply": reply}) + "\n")
    spec.write_text(spec.read_text(encoding="utf-8") + "max_error_share: 1\n", encoding="utf-8")


def findings(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "persona.json").read_text(encoding="utf-8"))
    return found


def test_a_run_tells_who_comes_near_and_who_does_not(rejoinder: Rejoinder, tmp_path: Path) -> None:
    spec = write_spec(tmp_path / "s", "persona: {controls: true, outside: coffee_orders}\n")
    cases = [case for case in cases_of(load_suite("coffee_orders")) if case.dialogue_id == "coffee-h001"]
    write_replies_outside(spec, cases)
    run = tmp_path / "run"
    result = rejoinder("run", spec, "--out", run)
    assert result.returncode == 0, result.stderr
    assert "june, who imitates june, comes nearer than generic on" in " ".join(result.stdout.split())
    found = findings(run)
    lifts = {(one["candidate"], one["measure"]): one for one in found["lifts"]}
    june, bo = lifts["june", "attributed"], lifts["bo", "attributed"]
    assert (june["lift"]["relation"], bo["lift"]["relation"]) == ("better", "unclear")
    beyond = {control["control"]: control["beyond"]["relation"] for control in june["controls"]}
    assert beyond == {"june.prompt_only": "better", "june.other_card": "unclear"}
    assert lifts["june", "style_gap"]["lift"]["relation"] == "better"
    assert found["authorship"]["accuracy"]["value"] > 0.95
    assert [note["kind"] for note in found["notes"]] == ["nothing_scored"]
    (june_price, _) = found["prices"]
    assert june_price["outside_suite"] == "coffee_orders"
    assert {one["measure"] for one in june_price["contexts"]} == {"act"}
    page = (run / "report.html").read_text(encoding="utf-8")
    assert '<section id="persona"' in page
    assert "june.prompt_only" in page
    assert "<bdi></bdi></th>" not in page  # a head says something, or is none
    assert "june, who imitates june, comes nearer than generic on" in (run / "report.md").read_text(encoding="utf-8")


def test_judges_of_the_person_tell_nearness_and_the_others_the_price(
    rejoinder: Rejoinder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin").mkdir()
    install_fake_judges(tmp_path / "plugin", monkeypatch)
    rubrics = ("persona_consistency", "tone", "correctness", "appropriateness")
    judges = "".join(f"  - rubric: {name}\n" for name in rubrics)
    engine = f"judge_engine: {{kind: {KIND}, model: fake, options: {{demands: {{judge: 48}}}}}}\n"
    spec, run = write_spec(tmp_path / "s", f"persona: {{}}\njudges:\n{judges}{engine}"), tmp_path / "run"
    result = rejoinder("run", spec, "--out", run)
    assert result.returncode == 0, result.stderr
    rows = pq.read_table(run / "results.parquet").to_pylist()
    means = {
        name: fmean(
            one["value"]
            for one in rows
            if "-june-" in one["case_id"] and one["measure"] == "tone" and one["candidate"] == name
        )
        for name in ("june", "generic")
    }
    difference = means["june"] - means["generic"]
    assert difference < -0.4  # this judge likes long replies, and June's are short
    lifts = {one["measure"]: one["lift"]["value"] for one in findings(run)["lifts"] if one["candidate"] == "june"}
    (price, _) = findings(run)["prices"]
    prices = {one["measure"]: one["difference"] for one in price["contexts"]}
    assert {name for name in rubrics if name in lifts} == {"persona_consistency", "tone"}
    assert set(prices) == {"correctness", "appropriateness", "act"}
    judged = [lifts["persona_consistency"], lifts["tone"], prices["correctness"], prices["appropriateness"]]
    assert judged == pytest.approx([difference] * 4)


def test_a_person_who_takes_the_humans_part_is_measured_the_same(rejoinder: Rejoinder, tmp_path: Path) -> None:
    found = {}
    for role in ("assistant", "user"):
        spec, run = (
            write_spec(tmp_path / role, "persona: {controls: true}\n", target_role=role),
            tmp_path / f"run-{role}",
        )
        result = rejoinder("run", spec, "--out", run)
        assert result.returncode == 0, result.stderr
        found[role] = findings(run)
        cases = pq.read_table(run / "cases.parquet")["messages"].to_pylist()
        assert {json.loads(messages)[-1]["role"] for messages in cases} == {"user"}  # as the model sees them
    assert found["user"] == found["assistant"]
    assert found["user"]["lifts"]


def test_what_is_forgotten_outside_is_a_price_where_the_suite_itself_expects_nothing(
    rejoinder: Rejoinder, tmp_path: Path
) -> None:
    spec = write_spec(tmp_path / "s", "persona: {outside: coffee_orders}\n", expects=False)
    write_replies_outside(spec, cases_of(load_suite("coffee_orders")))
    result, run = rejoinder("run", spec, "--out", tmp_path / "run"), tmp_path / "run"
    assert result.returncode == 0, result.stderr
    (june, bo) = findings(run)["prices"]
    assert june["contexts"] == bo["contexts"] == []
    assert [(one["measure"], one["relation"]) for one in june["outside"]] == [("act", "worse")]
    told = "was not measured on these contexts; outside, on coffee_orders, 1 of 1 got worse and 0 better"
    assert told in " ".join(result.stdout.split())
    report = (run / "report.md").read_text(encoding="utf-8").replace("\\", "")
    assert told in report
    own = report.split("#### june, who imitates june")[1].split("####")[0]
    lift, price = own.split("**Price**")
    assert "**Lift**" in lift
    (row,) = [line for line in price.splitlines() if line.startswith("| Dialogue act")]
    contexts, outside = row.split(" | ")[1:]
    assert contexts == "–" and outside.startswith("−") and "▼" in outside
    page = (run / "report.html").read_text(encoding="utf-8")
    beside = page.split('<div class="beside">')[1].split("</div>\n  <h4>")[0]
    assert [caption.split("<")[0] for caption in beside.split("<caption><bdi>")[1:]] == ["Lift", "Price"]


def test_a_russian_suites_section_is_in_russian_and_can_be_made_again_from_the_run_folder_alone(
    rejoinder: Rejoinder, tmp_path: Path
) -> None:
    spec, run = write_spec(tmp_path / "s", "persona: {}\n", language="ru"), tmp_path / "run"
    assert rejoinder("run", spec, "--out", run).returncode == 0
    before = findings(run)
    for file in (tmp_path / "s").iterdir():
        file.unlink()
    for name in ("persona.json", "persona.parquet", "perplexities.parquet", "report.md"):
        (run / name).unlink()
    assert rejoinder("report", run).returncode == 0
    assert findings(run) == before
    report = (run / "report.md").read_text(encoding="utf-8")
    assert "## Личность" in report
    assert "Служебные слова" in report
    assert "«Вы», доля" not in report  # nobody is addressed in these replies
    assert set(pq.read_table(run / "person_replies.parquet")["half"].to_pylist()) == {"train", "held_out"}


def test_too_little_data_is_said_and_still_makes_a_report(rejoinder: Rejoinder, tmp_path: Path) -> None:
    spec, run = write_spec(tmp_path / "s", "persona: {}\n", {"june": (10, 1), "bo": (1, 0)}), tmp_path / "run"
    result = rejoinder("run", spec, "--out", run)
    assert result.returncode == 0, result.stderr
    notes = {(note["kind"], note["person"]) for note in findings(run)["notes"]}
    assert {
        ("few_held_out", "june"),
        ("one_dialogue", "june"),
        ("no_held_out", "bo"),
        ("few_training", "bo"),
        ("one_dialogue", "bo"),
        ("one_person", None),
    } <= notes
    assert "large differences will show" in (run / "report.md").read_text(encoding="utf-8")


def test_persons_whose_cards_stand_on_their_dialogues_are_measured_and_get_controls(
    rejoinder: Rejoinder, tmp_path: Path
) -> None:
    spec, run = write_spec(tmp_path / "s", "persona: {controls: true}\n", bears_cards=True), tmp_path / "run"
    spec.write_text(spec.read_text(encoding="utf-8").replace("imitates: june", "imitates: June"), encoding="utf-8")
    result = rejoinder("run", spec, "--out", run)
    assert result.returncode == 2
    assert "there is no persona of this suite 'bo'; known: June, Bo, Vera" in " ".join(result.stderr.split())
    spec.write_text(spec.read_text(encoding="utf-8").replace("imitates: bo", "imitates: Bo"), encoding="utf-8")
    result = rejoinder("run", spec, "--out", run)
    assert result.returncode == 0, result.stderr
    (june,) = [one for one in findings(run)["lifts"] if (one["candidate"], one["measure"]) == ("june", "attributed")]
    assert (june["person"], june["lift"]["relation"]) == ("June", "better")
    assert [control["control"] for control in june["controls"]] == ["june.prompt_only", "june.other_card"]


def test_a_suite_without_training_half_is_refused_with_a_sentence(rejoinder: Rejoinder, tmp_path: Path) -> None:
    spec = write_spec(tmp_path / "s", "persona: {}\n")
    header = tmp_path / "s" / "suite.yaml"
    kept = [line for line in header.read_text(encoding="utf-8").splitlines() if not line.startswith("train")]
    header.write_text("\n".join(kept), encoding="utf-8")
    result = rejoinder("run", spec)
    assert result.returncode == 2
    assert "no training half, from which a person's style is learned" in " ".join(result.stderr.split())
