"""Every kind of rule on small runs: floors, margins, slices, budgets, wins, adapters, errors, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from report_run_folder import case, manifest, measure, reply, result, run_of_values, write_run, write_table
from test_report_adapters import proof
from test_report_preferences import comparison, run_of_comparisons

from reports.errors import ReportError
from reports.gating.gate import RuleOutcome, evaluate_gate
from reports.gating.policy import GateRule
from reports.gating.rule_names import rule_name
from reports.pages.wording import RUSSIAN
from reports.slices import parts_of
from reports.tables import PREFERENCES, read_tables

DIALOGUES = [f"d{i}" for i in range(40)]
IDS = [f"d{i}#{i}" for i in range(40)]


def outcomes(folder: Path, *rules: dict[str, Any]) -> list[RuleOutcome]:
    return list(evaluate_gate(read_tables(folder), [GateRule.model_validate(rule) for rule in rules]).outcomes)


def outcome(folder: Path, rule: dict[str, Any]) -> RuleOutcome:
    (found,) = outcomes(folder, rule)
    return found


def spread(mean: float, cases: int = 40) -> list[float | None]:
    return [mean + (i % 5 - 2) * 0.05 for i in range(cases)]


def run(folder: Path, **changes: Any) -> Path:
    return run_of_values(folder, {"base": spread(0.5), "june": spread(0.7)}, DIALOGUES, **changes)


def test_superiority_needs_the_whole_interval_beyond_its_margin(tmp_path: Path) -> None:
    values = {"base": spread(0.5), "june": [0.6 + (i * 7 % 9 - 4) * 0.05 for i in range(40)]}
    folder = run_of_values(tmp_path, values, DIALOGUES)
    rule = {"measure": "quality", "against": "base"}
    found = [outcome(folder, rule | {"better_by": gain}) for gain in (0.05, 0.1, 0.2)]
    assert [one.outcome for one in found] == ["pass", "inconclusive", "fail"]
    assert "all on the good side of +0.050" in found[0].reason
    assert found[1].dialogues_needed is None or found[1].dialogues_needed > 40
    assert (found[2].correction, found[2].tests) == ("holm", 1)
    assert found[2].p_value is not None and found[2].p_corrected is not None


def test_p_values_are_corrected_over_rules_and_candidates(tmp_path: Path) -> None:
    values = {"base": spread(0.7), "june": spread(0.7), "kim": [0.66 + (i * 7 % 11 - 5) * 0.05 for i in range(40)]}
    folder = run_of_values(tmp_path, values, DIALOGUES)
    rule = {"measure": "quality", "against": "base", "margin": 0.0}
    alone = next(o for o in outcomes(folder, rule) if o.candidate == "kim")
    among = next(o for o in outcomes(folder, *[rule] * 20) if o.candidate == "kim")
    assert alone.p_value == among.p_value
    assert alone.p_corrected == pytest.approx(min(1, alone.p_value * 2))  # type: ignore[operator]
    assert among.p_corrected == pytest.approx(min(1, alone.p_value * 40))  # type: ignore[operator]
    assert among.tests == 40
    if alone.outcome == "fail":
        assert among.outcome == "inconclusive"
        assert "but of so many tests one can be so by chance" in among.reason


def sliced_run(folder: Path) -> Path:
    rows = [
        case(IDS[i], act=["clarify", "confirm"][i % 2], language=["en", "ru"][i // 20], tags=["all", f"t{i % 4}"], turn=i % 10,
             context_characters=100 * i)
        for i in range(40)
    ]  # fmt: skip
    june = [0.9 if i % 2 else 0.2 + (i % 3) * 0.01 for i in range(40)]
    return run_of_values(folder, {"base": spread(0.5), "june": june}, DIALOGUES, cases=rows)


@pytest.mark.parametrize(
    ("name", "cases"),
    [
        ({"act": "confirm"}, 20),
        ({"language": "ru"}, 20),
        ({"tag": "t1"}, 10),
        ({"depth": "0-4"}, 20),
        ({"depth": "5+"}, 20),
        ({"depth": 3}, 4),
        ({"length": "1,000–1,900"}, 10),
    ],
)
def test_slices(tmp_path: Path, name: dict[str, Any], cases: int) -> None:
    folder = sliced_run(tmp_path)
    found = outcome(folder, {"measure": "quality", "at_least": 0.5, "slice": name})
    (kind, value), = name.items()  # fmt: skip
    assert f"quality ({kind} {value}) " in found.reason
    if name == {"act": "confirm"}:
        assert (found.outcome, found.figure) == ("pass", pytest.approx(0.9))
    if cases == 4:
        assert "an interval needs at least 5" in found.reason


def test_every_slice_of_a_kind_is_a_rule_of_its_own(tmp_path: Path) -> None:
    found = outcomes(sliced_run(tmp_path), {"measure": "quality", "at_least": 0.5, "slice": {"act": "*"}})
    assert [(o.rule.slice.name, o.outcome) for o in found if o.rule.slice] == [("clarify", "fail"), ("confirm", "pass")]
    assert {o.tests for o in found} == {2}
    assert rule_name(found[0].rule) == "quality (act clarify) at least 0.5"
    assert rule_name(found[0].rule, RUSSIAN) == "quality (акт clarify) не меньше 0.5"


@pytest.mark.parametrize("kind", ["depth", "length"])
def test_every_slice_of_numbers_is_a_rule_too(tmp_path: Path, kind: str) -> None:
    folder = sliced_run(tmp_path)
    found = outcomes(folder, {"measure": "quality", "at_least": 0.5, "slice": {kind: "*"}})
    assert [o.rule.slice.name for o in found if o.rule.slice] == [
        part.name for part in parts_of(kind, read_tables(folder).cases)
    ]
    assert len(found) >= 3


def test_a_rule_that_names_the_baseline_is_applied_to_it(tmp_path: Path) -> None:
    rule = {"measure": "quality", "at_least": 0.3}
    folder = run(tmp_path)
    assert [one.candidate for one in outcomes(folder, rule)] == ["june"]
    assert [one.candidate for one in outcomes(folder, rule | {"candidate": "base"})] == ["base"]


def test_missing_numbers_of_a_slice_never_pass(tmp_path: Path) -> None:
    rows = [case(IDS[i], act=["clarify", "confirm"][i % 2]) for i in range(40)]
    june: list[float | None] = [0.9 if i % 2 or i < 4 else None for i in range(40)]
    folder = run_of_values(tmp_path, {"base": spread(0.5), "june": june}, DIALOGUES, cases=rows)
    rule = {"measure": "quality", "at_least": 0.1, "min_coverage": 0.5}
    assert outcome(folder, rule).outcome == "pass"
    assert outcome(folder, rule | {"slice": {"act": "clarify"}}).outcome == "inconclusive"


def test_budgets_and_failed_requests(tmp_path: Path) -> None:
    replies = [
        reply(case_id, name, None if name == "june" and i == 0 else "Text.", completion_tokens=20 + i % 3 + 30 * (name == "base"),
              latency_s=0.5 + 0.01 * (i % 7))
        for name in ("base", "june") for i, case_id in enumerate(IDS)
    ]  # fmt: skip
    folder = run(tmp_path, replies=replies)
    found = outcomes(
        folder,
        {"measure": "completion_tokens", "at_most": 25},
        {"measure": "completion_tokens", "against": "base", "margin": 1},
        {"measure": "latency_s", "at_most": 0.4},
        {"measure": "error_share", "at_most": 0.05},
        {"measure": "error_share", "at_most": 0.01},
    )
    assert [one.outcome for one in found] == ["pass", "pass", "fail", "pass", "fail"]
    assert "tokens of a reply differs from base by −30" in found[1].reason
    assert found[3].figure == pytest.approx(1 / 40)


def test_adapter_proof(tmp_path: Path) -> None:
    def with_proof(name: str, **candidate: Any) -> RuleOutcome:
        data = manifest(["base", "june"])
        data["candidates"]["june"] = candidate
        return outcome(run(tmp_path / name, manifest_data=data), {"measure": "adapter_proof", "proven": True})

    adapter = {"adapter": "/adapters/june_lora"}
    assert with_proof("good", settings=adapter, adapter_proof=proof(1.4)).outcome == "pass"
    weak = with_proof("weak", settings=adapter, adapter_proof=proof(0.01))
    assert (weak.outcome, "changes so little" in weak.reason) == ("inconclusive", True)
    nothing = proof(1.4, from_base=None, peft=None, remark="the endpoint gives no log-probabilities")
    unproven = with_proof("unproven", settings=adapter, adapter_proof=nothing)
    assert (unproven.outcome, "the endpoint gives no" in unproven.reason) == ("inconclusive", True)
    assert with_proof("off", settings=adapter).outcome == "inconclusive"
    assert with_proof("none", settings={}).outcome == "fail"


def test_win_rates(tmp_path: Path) -> None:
    rows = [
        comparison(i, name, "base", end)
        for name, ends in {"june": ["win"] * 17 + ["tie"] * 3, "kim": ["win", "loss"] * 10}.items()
        for i, end in enumerate(ends)
    ]
    folder = run_of_comparisons(tmp_path, rows)
    found = outcomes(folder, {"measure": "better_reply", "win_rate": 0.5})
    assert [(o.candidate, o.outcome) for o in found] == [("june", "pass"), ("kim", "inconclusive")]
    assert "were won, all on the good side of 0.500" in found[0].reason
    assert found[0].figure == pytest.approx(18.5 / 20)
    turned = [{**row, "candidate": "base", "against": row["candidate"]} for row in rows]
    write_table(folder / "preferences.parquet", PREFERENCES, turned)
    assert outcomes(folder, {"measure": "better_reply", "win_rate": 0.5})[0].figure == pytest.approx(1.5 / 20)
    failed = [comparison(i, "june", "base", None, status="error") for i in range(20)]
    write_table(folder / "preferences.parquet", PREFERENCES, failed)
    assert {o.outcome for o in outcomes(folder, {"measure": "better_reply", "win_rate": 0.1})} == {"inconclusive"}


def test_judges_of_pairs_can_be_asked_for_a_certificate(tmp_path: Path) -> None:
    folder = run_of_comparisons(tmp_path, [comparison(0, "june", "base", "win")])
    found = outcomes(folder, {"measure": "better_reply", "candidate": "june", "certified": {"kappa": 0.4}})
    assert [(o.outcome, o.reason) for o in found] == [("inconclusive", "The judge of Better reply has no certificate.")]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"measure": "quality", "at_least": 1.0}, "add `observed: true`"),
        ({"measure": "quality", "win_rate": 0.5}, "there is no rubric of pairs 'quality'"),
        ({"measure": "error_share", "at_least": 0.5}, "can be bounded by `at_most` only"),
        ({"measure": "adapter_proof", "at_least": 0.5}, "ask for `proven: true`"),
        ({"measure": "quality", "at_least": 0.5, "slice": {"act": "confrm"}}, "there is no act 'confrm'"),
        ({"measure": "quality", "at_least": 0.5, "slice": {"depth": "90+"}}, "there is no depth '90+'"),
        ({"measure": "latency", "at_most": 0.5}, "did you mean 'latency_s'"),
        (
            {"measure": "quality", "candidate": "june", "against": "june", "margin": 0.1},
            "compares 'june' with itself; name another `candidate`, or another `against`",
        ),
    ],
)
def test_rules_that_do_not_fit_the_run(tmp_path: Path, rule: dict[str, Any], words: str) -> None:
    with pytest.raises(ReportError) as caught:
        outcome(run(tmp_path), rule)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "rule",
    [
        {"at_least": 0.5, "slice": {"axt": "confirm"}},
        {"at_least": 0.5, "slice": {"depth": "deep"}},
        {"at_least": 0.5, "slice": {"depth": "8-5"}},
        {"better_by": 0.1},
        {"margin": 0.1, "better_by": 0.1, "against": "base"},
        {"at_least": 0.5, "against": "base"},
        {"win_rate": 0.5, "against_run": "runs/x"},
        {"against": "base", "margin": 0.1, "observed": True},
        {"proven": True},
        {"certified": {"kappa": 0.4}, "slice": {"act": "x"}},
    ],
)
def test_rules_that_contradict_themselves(rule: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        GateRule.model_validate({"measure": "quality", **rule})


def test_rules_survive_the_manifest(tmp_path: Path) -> None:
    rule = GateRule.model_validate(
        {"measure": "quality", "against_run": "runs/x", "margin": 0.1, "slice": {"depth": "5-8"}}
    )
    assert GateRule.model_validate(rule.model_dump(mode="json")) == rule


def test_measures_come_before_figures_of_the_run(tmp_path: Path) -> None:
    """A measure of the run comes before the figure of the run that has its name."""
    rows = [result(c, name, "latency_s", 0.9) for name in ("base", "june") for c in IDS]
    folder = write_run(
        tmp_path, measures=[measure("latency_s")], cases=[case(c) for c in IDS], results=rows,
        replies=[reply(c, n, "x") for c in IDS for n in ("base", "june")],
    )  # fmt: skip
    assert outcome(folder, {"measure": "latency_s", "at_least": 0.5}).figure == pytest.approx(0.9)
