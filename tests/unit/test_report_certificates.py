"""What reports say of the judges' certificates, and the gate rule that demands one."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from report_run_folder import manifest, measure, run_of_values
from rich.console import Console
from scipy.stats import norm

from judges.people.coefficients import CHANCE, FigureName
from reports.analysis import Analysis, analyse
from reports.certificates import chance_of, judge_rows
from reports.drawn_answers import DrawnAnswers
from reports.errors import ReportError
from reports.gating.gate import GateRule, RuleOutcome, evaluate_gate
from reports.gating.policy import FIGURE_NAMES
from reports.pages.html import html_report
from reports.pages.markdown import markdown_report
from reports.pages.terminal import print_summary
from reports.pages.wording import ENGLISH, words_for
from reports.records import PairMeasure
from reports.tables import RunTables, read_tables

TWELVE = [f"d{i}" for i in range(12)]


def figure(name: str, value: float | None, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    interval = None if low is None else {"low": low, "high": high}
    return {"name": name, "value": value, "interval": interval, "replies": 200, "contexts": 90, "reason": None}


def certificate(*figures: dict[str, Any], changes: tuple[dict[str, str], ...] = (), **more: Any) -> dict[str, Any]:
    """A certificate as the harness writes it into a manifest, as far as reports read it."""
    known = {"schema": 1, "rubric": "quality", "scale": "binary", "replies": 200, "contexts": 90, "figures": figures}
    return {
        "file": "rubrics/quality.certificate.json",
        "certificate": known | more,
        "coverage": 0.98,
        "decisive": "roc_auc",
        "changes": changes,
    }


GOOD = certificate(
    figure("kappa", 0.52, 0.43, 0.61),
    figure("roc_auc", 0.84, 0.78, 0.9),
    figure("spearman", 0.5, 0.4, 0.6),
    people=[figure("kappa", 0.66, 0.6, 0.7)],
    mended={"file": "again.jsonl", "sha256": "0", "replies": 4},
)
BLIND = certificate(figure("kappa", 0.01, -0.1, 0.12), figure("roc_auc", 0.49, 0.41, 0.57))
OLD = certificate(
    *GOOD["certificate"]["figures"],
    changes=(
        {"what": "judge", "was": "big@9f31c0de", "now": "small@a7549e12"},
        {"what": "rubric", "was": "a", "now": "b"},
    ),
)


def tables(folder: Path, found: dict[str, Any] | None, language: str = "en", **more: Any) -> RunTables:
    data = manifest(certificates={"quality": found} if found else {})
    data["suite"]["language"] = language
    values = {"base": [0.5] * 12, "june": [0.75] * 12}
    run = run_of_values(folder, values, TWELVE, manifest_data=data, measures=[measure("quality", **more)])
    return read_tables(run)


def shown(analysis: Analysis) -> dict[str, str]:
    console = Console(record=True, width=250)
    print_summary(analysis.tables, console)
    return {"terminal": console.export_text(), "markdown": markdown_report(analysis), "html": html_report(analysis)}


def test_how_far_drawn_answers_agree_is_said_in_every_report(tmp_path: Path) -> None:
    run = tables(tmp_path, None)
    drawn = {"quality": {"drawn": 120, "unread": 3, "questions": 24, "agreement": 0.875}}
    (run.folder / "drawn_answers.json").write_text(json.dumps(drawn), encoding="utf-8")
    for name, text in shown(analyse(read_tables(run.folder))).items():
        said = r"ts drawn answers agree with the verdict to 88.?% on average; 3 of 120 drawn"
        assert re.search(said, text.replace("\\", "")), name
    russian = tables(tmp_path / "ru", None, language="ru")
    (russian.folder / "drawn_answers.json").write_text(json.dumps(drawn), encoding="utf-8")
    assert "не удалось прочитать ответов из выборки: 3 из 120" in html_report(analyse(read_tables(russian.folder)))


def test_drawn_answers_of_two_runs_are_put_together(tmp_path: Path) -> None:
    first = DrawnAnswers(drawn=10, unread=1, questions=2, agreement=0.5)
    more = first.with_more(DrawnAnswers(drawn=30, unread=0, questions=6, agreement=1.0))
    assert more == DrawnAnswers(drawn=40, unread=1, questions=8, agreement=0.875)
    assert first.with_more(DrawnAnswers(drawn=5, unread=5, questions=0, agreement=None)).agreement == 0.5
    assert "agree" not in DrawnAnswers(drawn=5, unread=5, questions=0, agreement=None).sentence(ENGLISH)


@pytest.mark.parametrize(("judged_by", "said"), [("jury", "its members are"), ("python", "has no rubric")])
def test_what_has_no_rubric_is_not_sent_to_calibrate(tmp_path: Path, judged_by: str, said: str) -> None:
    run = tables(tmp_path, None, judged_by=judged_by)
    (row,) = judge_rows(run.manifest, run.measures, ENGLISH)
    assert said in row.remark and "calibrate`" not in row.remark
    assert "`rejoinder judge correct`" in row.remark
    (russian,) = judge_rows(run.manifest, run.measures, words_for("ru"))
    assert "calibrate`" not in russian.remark and "`rejoinder judge correct`" in russian.remark
    (plain,) = judge_rows(run.manifest, [run.measures[0].model_copy(update={"judged_by": "rubric"})], ENGLISH)
    assert "`rejoinder judge calibrate` does" in plain.remark
    pair = {
        "name": "better",
        "title": "Better",
        "description": "",
        "pairs": "all",
        "signature": "",
        "judged_by": "python",
    }
    of_pairs = run.manifest.model_copy(update={"preferences": (PairMeasure.model_validate(pair),)})
    assert judge_rows(of_pairs, (), ENGLISH)[0].remark == ENGLISH.judges.python_remark


def test_a_certified_judge_is_shown_everywhere(tmp_path: Path) -> None:
    run = tables(tmp_path, GOOD)
    (row,) = judge_rows(run.manifest, run.measures, ENGLISH)
    assert row.cells == (
        "quality",
        "certified",
        "Cohen's kappa 0.52 [0.43, 0.61]",
        "ROC AUC 0.84 [0.78, 0.90], chance 0.5",
        "200 (90 contexts)",
        "98\N{NO-BREAK SPACE}%",
        "people among themselves: Cohen's kappa 0.66 [0.60, 0.70]; labels mended after the judge had contradicted them: 4",
    )
    assert row.is_certified and not row.warning
    reports = shown(analyse(run))
    assert (
        "Judge of quality: certified; Cohen's kappa 0.52 [0.43, 0.61], 200 labelled replies, 98" in reports["terminal"]
    )
    assert "## Judges against people" in reports["markdown"]
    for text in (reports["markdown"].replace("\\", ""), reports["html"].replace("&#39;", "'")):
        text = text.replace("\N{NO-BREAK SPACE}", " ")  # noqa: PLW2901
        assert [cell for cell in row.cells if cell.replace("\N{NO-BREAK SPACE}", " ") not in text] == []


def test_a_judge_at_chance_cannot_be_trusted_and_every_report_says_so(tmp_path: Path) -> None:
    run = tables(tmp_path, BLIND)
    said = "The judge of quality cannot be trusted: it cannot be told from chance (ROC AUC 0.49 [0.41, 0.57]"
    for text in shown(analyse(run)).values():
        assert said in text.replace("\\", "")


def test_a_judge_against_people_cannot_be_trusted_either(tmp_path: Path) -> None:
    contrary = certificate(figure("kappa", -0.4, -0.5, -0.3), figure("roc_auc", 0.2, 0.1, 0.3))
    run = tables(tmp_path, contrary)
    (row,) = judge_rows(run.manifest, run.measures, ENGLISH)
    assert row.warning.startswith("The judge of quality cannot be trusted: it contradicts people (ROC AUC 0.20")
    few = certificate(figure("kappa", 0.4), figure("roc_auc", 0.8))
    (row,) = judge_rows(tables(tmp_path / "few", few).manifest, run.measures, ENGLISH)
    assert row.warning.startswith("Whether the judge of quality agrees with people better than chance is not known")


def test_a_certificate_that_counts_no_longer_says_what_changed(tmp_path: Path) -> None:
    run = tables(tmp_path, OLD)
    (row,) = judge_rows(run.manifest, run.measures, ENGLISH)
    assert (row.standing, row.is_certified, row.warning) == ("counts no longer", False, "")
    assert row.remark == "the judge is small@a7549e12 and was big@9f31c0de; the rubric has changed; calibrate again"
    reports = shown(analyse(run))
    assert "counts no longer" in reports["html"] and "the rubric has changed" in reports["markdown"]


def test_a_judge_without_a_certificate_is_named(tmp_path: Path) -> None:
    run = tables(tmp_path, None)
    (row,) = judge_rows(run.manifest, run.measures, ENGLISH)
    assert (row.standing, row.agreement) == ("not certified", "–")
    assert "not certified" in shown(analyse(run))["terminal"]
    assert judge_rows(run.manifest, tables(tmp_path / "act", None, kind="act").measures, ENGLISH) == []


def test_the_same_in_russian(tmp_path: Path) -> None:
    run = tables(tmp_path, BLIND, "ru")
    (row,) = judge_rows(run.manifest, run.measures, words_for("ru"))
    assert row.agreement == "каппа Коэна 0,01 [−0,10; 0,12]"
    assert row.warning.startswith("Судье показателя «quality» нельзя доверять: его не отличить от случая (ROC AUC 0,49")
    assert "Судьи и люди" in html_report(analyse(run))
    old = tables(tmp_path / "old", OLD, "ru")
    (row,) = judge_rows(old.manifest, old.measures, words_for("ru"))
    assert row.remark == "судья теперь small@a7549e12, а был big@9f31c0de; рубрика изменилась; нужна новая калибровка"


@pytest.mark.parametrize(
    ("demanded", "distance"), [({"kappa": 0.5}, 0.02), ({"kappa": 0.6}, 0.08), ({"kappa": 0.5, "roc_auc": 0.8}, 0.02)]
)
def test_an_unclear_certificate_says_how_many_labels_would_tell(
    tmp_path: Path, demanded: dict[str, float], distance: float
) -> None:
    """With so many, the half interval of 0.09 leaves the line in four of five calibrations, whose figures vary as it says."""
    (judged,) = evaluate_gate(tables(tmp_path, GOOD), [GateRule(measure="quality", certified=demanded)]).outcomes
    assert judged.labels_needed is not None
    error = 0.09 / norm.ppf(0.975) * math.sqrt(200 / judged.labels_needed)
    assert norm.cdf(distance / error - norm.ppf(0.975)) == pytest.approx(0.8, abs=0.001)
    assert f"about {judged.labels_needed:,} labelled replies in all would tell." in judged.reason


def test_no_number_of_labels_tells_of_a_figure_on_the_line(tmp_path: Path) -> None:
    rule = GateRule(measure="quality", certified={"kappa": 0.52, "roc_auc": 0.8})
    (judged,) = evaluate_gate(tables(tmp_path, GOOD, "ru"), [rule], words=words_for("ru")).outcomes
    assert (judged.outcome, judged.labels_needed) == ("inconclusive", None)
    assert judged.reason.endswith("; нельзя сказать, сколько размеченных ответов решили бы вопрос.")


@pytest.mark.parametrize(
    ("found", "demanded", "outcome", "reason"),
    [
        (
            GOOD,
            {"kappa": 0.4},
            "pass",
            "The judge of quality is certified: Cohen's kappa 0.52 [0.43, 0.61], the lower end",
        ),
        (
            GOOD,
            {"kappa": 0.5},
            "inconclusive",
            "does not tell: Cohen's kappa 0.52 [0.43, 0.61], the interval on both sides",
        ),
        (
            GOOD,
            {"kappa": 0.7},
            "fail",
            "is not good enough: Cohen's kappa 0.52 [0.43, 0.61], all of the interval below",
        ),
        (GOOD, {"kappa": 0.4, "roc_auc": 0.95}, "fail", "Cohen's kappa 0.52 [0.43, 0.61]; ROC AUC 0.84 [0.78, 0.90]"),
        (
            GOOD,
            {"weighted_kappa": 0.4},
            "inconclusive",
            "The certificate of quality has no quadratic weighted kappa on this scale.",
        ),
        (certificate(figure("kappa", 0.9)), {"kappa": 0.4}, "inconclusive", "gives no interval of Cohen's kappa"),
        (
            certificate(figure("spearman", 0.5, 0.4, 0.6), scale="checklist"),
            {"kappa": 0.4},
            "inconclusive",
            "is over the scores of whole checklists, and Cohen's kappa needs people's labels of single items: calibrate",
        ),
        (
            certificate(figure("spearman", 0.5, 0.4, 0.6), scale="checklist"),
            {"roc_auc": 0.6},
            "inconclusive",
            "has no ROC AUC on this scale",
        ),
        (
            OLD,
            {"kappa": 0.1},
            "inconclusive",
            "counts no longer: the judge is small@a7549e12 and was big@9f31c0de; the rubric",
        ),
        (None, {"kappa": 0.1}, "inconclusive", "The judge of quality has no certificate."),
    ],
)
def test_a_gate_may_demand_a_certificate(
    tmp_path: Path, found: dict[str, Any] | None, demanded: dict[str, float], outcome: str, reason: str
) -> None:
    (judged,) = evaluate_gate(tables(tmp_path, found), [GateRule(measure="quality", certified=demanded)]).outcomes
    assert isinstance(judged, RuleOutcome)
    assert judged.outcome == outcome
    assert reason in judged.reason


def test_the_rule_stands_in_the_report(tmp_path: Path) -> None:
    run = tables(tmp_path, GOOD)
    run.manifest.spec["gate"] = [{"measure": "quality", "certified": {"kappa": 0.4}}]
    assert "quality certified, Cohen's kappa at least 0.4" in markdown_report(analyse(run)).replace("\\", "")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"certified": {"kapa": 0.4}}, "there is no figure of agreement 'kapa'; did you mean 'kappa'?"),
        ({"certified": {"kappa": 0.4}, "at_least": 0.5}, "must have exactly one of"),
        ({"certified": {}}, "at least 1"),
    ],
)
def test_a_wrong_demand_is_named(rule: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        GateRule.model_validate({"measure": "quality", **rule})


def test_only_judges_are_certified(tmp_path: Path) -> None:
    run = tables(tmp_path, None, kind="check")
    with pytest.raises(ReportError, match="no judge takes the measure 'quality', so there is nothing to certify"):
        evaluate_gate(run, [GateRule(measure="quality", certified={"kappa": 0.4})])


def test_a_manifest_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    run = tables(tmp_path, {"certificate": {}})
    with pytest.raises(ReportError, match=r"manifest.json: certificates.quality.certificate.replies: Field required"):
        judge_rows(run.manifest, run.measures, ENGLISH)


def test_gates_and_reports_know_every_figure_of_certificates() -> None:
    assert set(FIGURE_NAMES) | {"fleiss_kappa"} == set(
        get_args(FigureName)
    )  # that one is of people among themselves only
    for words in (ENGLISH, words_for("ru")):
        assert set(words.judges.figures) == set(get_args(FigureName))
    assert {name: chance_of(name) for name in CHANCE} == dict(CHANCE)
