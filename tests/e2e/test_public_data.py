"""Public order and booking dialogues through the whole job: made a suite, checked, run, reported and gated."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sacrebleu
from command_server import CommandServer
from public_data import (
    ACTS,
    LANGUAGES,
    paired_cases,
    rows_by_dialogue,
    rows_of,
    write_spec,
    write_suite,
    write_swapped_suite,
)
from recorded_runs import Rejoinder
from report_page import ReportPage

from reports.confusion import confusions_of
from reports.tables import read_tables

CANDIDATES = {"gold", "shifted", "silent"}
REFERENCE_MEASURES = {"bleu": 100, "chrf": 100, "rouge1": 1, "rouge2": 1, "rougeL": 1}
"""The measures that compare with references, and the value of a reply that is one."""
GATE = [
    {"measure": "bleu", "against": "shifted", "margin": 0},
    {"measure": "reference.coverage", "at_least": 1},
    {"measure": "act.coverage", "at_least": 1},
]

all_sets = pytest.mark.parametrize("name", LANGUAGES)


@dataclass(frozen=True)
class Job:
    """One set after `suite check` and `run`."""

    suite: Path
    checked: subprocess.CompletedProcess[str]
    run: Path

    def comparison(self) -> dict[str, Any]:
        return dict(json.loads((self.run / "comparison.json").read_text(encoding="utf-8")))

    def means(self, candidate: str) -> dict[str, dict[str, Any]]:
        return {m["measure"]: m for m in self.comparison()["means"] if m["candidate"] == candidate}

    def values(self, measure: str, candidate: str) -> dict[str, float]:
        """One measure of one candidate by case."""
        results = pd.read_parquet(self.run / "results.parquet")
        own = results[(results["measure"] == measure) & (results["candidate"] == candidate)]
        return dict(zip(own["case_id"], own["value"], strict=True))


def do_job(server: CommandServer, suite: Path, **extra: Any) -> Job:
    """Check and run a suite; `extra` are fields of the spec."""
    folder = suite.parent
    checked = server.run(["suite", "check", suite, "--json"], folder)
    answer = server.run(["run", write_spec(folder, suite, extra), "--out", folder / "run"], folder)
    assert answer.returncode == 0, answer.stderr
    return Job(suite, checked, folder / "run")


@pytest.fixture(scope="module")
def jobs(command_server: CommandServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Job]:
    return {
        name: do_job(command_server, write_suite(tmp_path_factory.mktemp(name), name), gate=GATE) for name in LANGUAGES
    }


@all_sets
def test_every_line_becomes_a_case_and_nothing_is_wrong_with_them(jobs: dict[str, Job], name: str) -> None:
    job, rows = jobs[name], rows_of(name)
    assert (job.checked.returncode, json.loads(job.checked.stdout)) == (0, [])
    cases = pd.read_parquet(job.run / "cases.parquet")
    assert len(cases) == cases["case_id"].nunique() == len(rows)
    assert set(cases["dialogue_id"]) == set(rows_by_dialogue(name))
    assert Counter(cases["act"].dropna()) == Counter(row["act"] for row in rows if row["act"] in ACTS)
    contexts = [json.loads(messages) for messages in cases["messages"]]
    said = Counter(m["content"] for context in contexts for m in context if m["role"] != "tool" and m["content"])
    assert said == Counter(turn["content"] for row in rows for turn in row["turns"][:-1])
    answers = Counter(m["content"] for context in contexts for m in context if m["role"] == "tool")
    assert answers == Counter(call["response"] for row in rows for call in row.get("tool_context", []))


@all_sets
def test_results_hold_a_row_for_each_case_candidate_and_measure(jobs: dict[str, Job], name: str) -> None:
    results = pd.read_parquet(jobs[name].run / "results.parquet")
    rows = set(zip(results["case_id"], results["candidate"], results["measure"], strict=True))
    assert len(rows) == len(results)
    ids = set(pd.read_parquet(jobs[name].run / "cases.parquet")["case_id"])
    assert rows == {(i, c, m) for i in ids for c in CANDIDATES for m in (*REFERENCE_MEASURES, "act")}


@all_sets
def test_gold_is_perfect_shifted_is_poor_and_silence_is_nothing(jobs: dict[str, Job], name: str) -> None:
    gold, shifted, silent = (jobs[name].means(candidate) for candidate in ("gold", "shifted", "silent"))
    for measure, best in REFERENCE_MEASURES.items():
        assert gold[measure]["mean"] == pytest.approx(best, abs=1e-9)
        assert 0 < shifted[measure]["mean"] < 0.25 * best
        assert silent[measure]["mean"] == 0
    assert 1 > gold["act"]["mean"] > 0.7
    assert 0.5 > shifted["act"]["mean"] > silent["act"]["mean"] == 0
    for candidate in (gold, shifted, silent):
        assert {mean["coverage"] for mean in candidate.values()} == {1}


@all_sets
def test_corpus_figures_are_sacrebleus(jobs: dict[str, Job], name: str) -> None:
    pairs = list(paired_cases(jobs[name].suite))
    shifted, references = [o.references[0] for _, o in pairs], [[c.references[0] for c, _ in pairs]]
    means = jobs[name].means("shifted")
    assert means["bleu"]["corpus"] == pytest.approx(sacrebleu.corpus_bleu(shifted, references).score)
    assert means["chrf"]["corpus"] == pytest.approx(sacrebleu.corpus_chrf(shifted, references).score)


@all_sets
def test_comparison_finds_gold_better_and_silence_worse(jobs: dict[str, Job], name: str) -> None:
    comparison = jobs[name].comparison()
    assert comparison["baseline"] == "shifted"
    found = {(d["measure"], d["candidate"]): d for d in comparison["differences"]}
    assert set(found) == {(m, c) for m in (*REFERENCE_MEASURES, "act") for c in ("gold", "silent")}
    for (_, candidate), difference in found.items():
        low, high = difference["interval"]["low"], difference["interval"]["high"]
        assert low <= difference["difference"] <= high
        assert (difference["relation"], low > 0, high < 0) == {
            "gold": ("better", True, False),
            "silent": ("worse", False, True),
        }[candidate]
        assert difference["p_value"] < 0.01


@all_sets
def test_acts_due_and_done_agree_with_the_measure(jobs: dict[str, Job], name: str) -> None:
    """An empty reply does nothing, which is measured: it counts against the candidate in both."""
    due = sum(row["act"] in ACTS for row in rows_of(name))
    for confusion in confusions_of(read_tables(jobs[name].run)):
        right, measured = confusion.right()
        assert measured == due
        assert right / measured == pytest.approx(jobs[name].means(confusion.candidate)["act"]["mean"])


@all_sets
def test_gate_lets_gold_out_and_stops_silence(jobs: dict[str, Job], rejoinder: Rejoinder, name: str) -> None:
    answer = rejoinder("gate", jobs[name].run, "--json")
    assert answer.returncode == 1, answer.stderr
    outcomes = {(o["rule"]["measure"], o["candidate"]): o["outcome"] for o in json.loads(answer.stdout)["outcomes"]}
    wanted = {(rule["measure"], candidate): "pass" for rule in GATE for candidate in ("gold", "silent")}
    assert outcomes == wanted | {("bleu", "silent"): "fail"}


@all_sets
def test_page_speaks_the_language_of_the_suite_and_holds_every_reply(jobs: dict[str, Job], name: str) -> None:
    page = ReportPage(jobs[name].run / "report.html")
    assert page.language == LANGUAGES[name]
    assert len(page.headings) >= 7
    for heading in page.headings:
        assert bool(re.match("[А-Я]", heading)) == (LANGUAGES[name] == "ru"), heading
    reasons = page.data("cases-data")["reasons"]
    assert len(reasons) > 5
    for reason in reasons:
        assert bool(re.match("[а-я]", reason)) == (LANGUAGES[name] == "ru"), reason
    wanted: dict[tuple[str, str], str] = {}
    for case, other in paired_cases(jobs[name].suite):
        wanted |= {(case.id, "gold"): case.references[0], (case.id, "shifted"): other.references[0]}
        wanted[case.id, "silent"] = ""
    assert page.replies() == wanted


def test_reports_are_built_again_from_the_runs_alone(jobs: dict[str, Job], rejoinder: Rejoinder) -> None:
    names = ("report.html", "report.md", "comparison.json", "junit.xml", "results.parquet", "measures.json")
    files = [job.run / name for job in jobs.values() for name in names]
    before = [file.read_bytes() for file in files]
    for file in files:
        file.unlink()
    answer = rejoinder("report", *(job.run for job in jobs.values()))
    assert answer.returncode == 0, answer.stderr
    assert [file.read_bytes() for file in files] == before


def test_cyrillic_words_count_in_rouge(jobs: dict[str, Job]) -> None:
    """Judged by words in plain equality, and beside rouge-score's own tokenizer, which loses them."""
    from rouge_score.rouge_scorer import RougeScorer

    job = jobs["orders_ru_multiwoz"]
    assert set(job.values("rouge1", "gold").values()) == {1}
    shifted, latin_only = job.values("rouge1", "shifted"), RougeScorer(["rouge1"])
    sharing = lost = 0
    for case, other in paired_cases(job.suite):
        reference, reply = (set(re.findall("[а-яё]+", c.references[0].lower())) for c in (case, other))
        if reference & reply:
            sharing += 1
            lost += latin_only.score(case.references[0], other.references[0])["rouge1"].fmeasure == 0
            assert shifted[case.id] > 0
    assert sharing > 50
    assert lost > 0.8 * sharing


def test_roles_can_be_swapped(command_server: CommandServer, tmp_path: Path) -> None:
    name = "orders_taskmaster"
    job = do_job(command_server, write_swapped_suite(tmp_path, name))
    assert job.checked.returncode == 0
    assert {finding["check"] for finding in json.loads(job.checked.stdout)} <= {"same_messages"}
    cases = pd.read_parquet(job.run / "cases.parquet")
    longest = [rows[-1]["turns"] for rows in rows_by_dialogue(name).values()]
    orders = Counter(turn["content"] for turns in longest for turn in turns if turn["role"] == "user")
    assert Counter(references[0] for references in cases["references"]) == orders
    for messages in map(json.loads, cases["messages"]):
        roles = [message["role"] for message in messages]
        assert roles[0] == "system"
        assert set(roles[1:]) <= {"user", "assistant"}
        assert all(one != following for one, following in pairwise(roles))
        assert roles[-1] != "assistant"
    for measure in ("bleu", "chrf", "rouge1", "rougeL"):
        assert job.means("gold")[measure]["mean"] == pytest.approx(REFERENCE_MEASURES[measure])
        assert job.means("shifted")[measure]["mean"] < 0.25 * REFERENCE_MEASURES[measure]
