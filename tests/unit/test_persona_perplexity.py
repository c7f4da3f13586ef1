"""The perplexity pass with an engine of its own, and the matrix against what its formulas say."""

from __future__ import annotations

import asyncio
import io
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from persona_engine import WordEngine
from persona_suite import persona_suite
from rich.console import Console

from harness.engines.engine import Candidate, EngineError
from harness.persona.perplexity import TRAINING_SAMPLE, PerplexityPass, ScoringPlan
from harness.persona.persons import person_cases
from harness.progress import RunProgress
from harness.run_folder import RunFolder
from reports.pages.wording.persona_english import ENGLISH_PERSONA
from reports.pages.wording.persona_russian import RUSSIAN_PERSONA
from reports.persona.findings import Imitator
from reports.persona.perplexity_matrix import perplexity_matrix, scoring_notes, token_scores, training_notes
from reports.persona.roles import OWN_TEMPLATE

CANDIDATES = {
    "generic": Candidate(),
    "june": Candidate(imitates="june"),
    "bo": Candidate(imitates="bo"),
    "june.prompt_only": Candidate(imitates="june", persona="june"),
}


def run(folder: RunFolder, engine: WordEngine, plan: ScoringPlan) -> None:
    (folder.path / "records").mkdir(parents=True, exist_ok=True)
    engines = dict.fromkeys(plan.candidates, engine)
    identities = {name: engine.identity(name) for name in engines}
    scoring = PerplexityPass(engines, identities, folder.perplexities)
    with RunProgress(1, console=Console(file=io.StringIO())) as progress:
        asyncio.run(scoring.run(plan.replies(CANDIDATES), progress))


@pytest.fixture
def plan(tmp_path: Path) -> ScoringPlan:
    suite = persona_suite(tmp_path / "suite")
    return ScoringPlan(suite, None, CANDIDATES, "generic", suite.header.personas)


def held_out_replies(plan: ScoringPlan) -> int:
    return sum(one.half == "held_out" for one in person_cases(plan.suite))


def test_every_held_out_reply_is_scored_once_with_every_candidate(plan: ScoringPlan, tmp_path: Path) -> None:
    folder, engine = RunFolder(tmp_path / "run"), WordEngine()
    run(folder, engine, plan)
    slots = [record.slot for record in folder.perplexities.records()]
    assert len(slots) == len(set(slots)) == len(engine.scored)
    assert sum(slot.half == "held_out" for slot in slots) == held_out_replies(plan) * len(CANDIDATES)


def test_training_replies_are_sampled_for_those_who_should_know_them(plan: ScoringPlan, tmp_path: Path) -> None:
    asked = [(one.slot.candidate, one.slot.case_id) for one in plan.replies(CANDIDATES) if one.slot.half == "train"]
    of = {name: [case_id for candidate, case_id in asked if candidate == name] for name in CANDIDATES}
    assert len(of["june"]) == len(of["bo"]) == len(of["june.prompt_only"]) == TRAINING_SAMPLE
    assert all("june" in case_id for case_id in of["june"])
    assert sorted(of["generic"]) == sorted([*of["june"], *of["bo"]])
    assert asked == [
        (one.slot.candidate, one.slot.case_id) for one in plan.replies(CANDIDATES) if one.slot.half == "train"
    ]


def test_the_card_is_in_the_prompt_of_its_candidate_alone(plan: ScoringPlan, tmp_path: Path) -> None:
    for one in plan.replies(CANDIDATES):
        has_card = any("June, a barista." in message["content"] for message in one.messages)
        assert has_card == (one.slot.candidate == "june.prompt_only")


def test_a_pass_goes_on_where_it_stopped(plan: ScoringPlan, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    with pytest.raises(EngineError):
        run(folder, WordEngine(dies_after=50), plan)
    logged = sum(1 for _ in folder.perplexities.records())
    again = WordEngine()
    run(folder, again, plan)
    total = sum(1 for _ in plan.replies(CANDIDATES))
    assert logged >= 50
    assert len(again.scored) == total - logged
    nothing_left, other_weights = WordEngine(), WordEngine(weights="other")
    run(folder, nothing_left, plan)
    assert nothing_left.scored == []
    run(folder, other_weights, plan)
    assert len(other_weights.scored) == total


def test_failures_are_records_and_are_tried_again(plan: ScoringPlan, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    run(folder, WordEngine(broken="bo"), plan)
    failed = [record for record in folder.perplexities.records() if record.status == "error"]
    assert {(record.candidate, record.error, record.logprobs) for record in failed} == {("bo", "too long", None)}
    again = WordEngine()
    run(folder, again, plan)
    assert {candidate for candidate, _ in again.scored} == {"bo"}


# The matrix

JUNE = Imitator(candidate="june", person="june", prompt_only=None, other_card=None)
BO = Imitator(candidate="bo", person="bo", prompt_only=None, other_card=None)


def row(candidate: str, person: str, case: str, logprobs: Sequence[float] | None, **changes: Any) -> dict[str, Any]:
    return {
        "candidate": candidate,
        "person": person,
        "half": "held_out",
        "dialogue_id": f"{person}-{case.partition('#')[0]}",
        "case_id": f"{person}-{case}",
        "status": "error" if logprobs is None else "ok",
        "error": "too long" if logprobs is None else None,
        "tokens": f"{person}-{case}",
        "logprobs": None if logprobs is None else list(logprobs),
        **changes,
    }


def simulated(
    generator: np.random.Generator, gains: dict[str, dict[str, float]], dialogues: int = 12, tokens: int = 9
) -> list[dict[str, Any]]:
    """Rows in which candidates find each person's replies likelier than the generic model by so much on average."""
    rows = []
    for person in ("june", "bo"):
        for dialogue in range(dialogues):
            difficulty = generator.normal(0, 0.5)
            own_gain = {name: gain[person] + generator.normal(0, 0.15) for name, gain in gains.items()}
            for turn in range(generator.integers(1, 4)):
                generic = -2 + difficulty + generator.normal(0, 1, tokens)
                case = f"{dialogue}#{turn}"
                rows.append(row("generic", person, case, generic))
                for name, gain in own_gain.items():
                    rows.append(row(name, person, case, generic + gain + generator.normal(0, 0.3, tokens)))
    return rows


GAINS = {"june": {"june": 0.6, "bo": 0.1}, "bo": {"june": -0.1, "bo": 0.4}}


def test_a_cell_is_the_exponential_of_the_mean_negative_log_probability_of_all_tokens() -> None:
    rows = [
        *(row("generic", "june", "a#1", [-1.0]), row("generic", "june", "b#1", [-2.0, -3.0, -4.0])),
        *(row("june", "june", "a#1", [-0.5]), row("june", "june", "b#1", [-1.0, -1.0, -1.0])),
    ]
    matrix = perplexity_matrix(token_scores(rows, "generic"), [JUNE], "generic")
    cells = {cell.candidate: cell for cell in matrix.cells}
    assert cells["generic"].perplexity == pytest.approx(math.exp(10 / 4))
    assert cells["june"].perplexity == pytest.approx(math.exp(3.5 / 4))
    assert cells["june"].against_generic is not None
    assert cells["june"].against_generic.value == pytest.approx((10 - 3.5) / 4)
    assert (cells["june"].is_lowest, cells["generic"].is_lowest) == (True, False)
    assert cells["june"].interval is None  # two dialogues say nothing of their spread


def test_each_adapter_wins_its_own_column_and_its_gain_is_its_own() -> None:
    rows = simulated(np.random.default_rng(1), GAINS, dialogues=30)
    matrix = perplexity_matrix(token_scores(rows, "generic"), [JUNE, BO], "generic")
    assert {(cell.candidate, cell.person) for cell in matrix.cells if cell.is_lowest} == {
        ("june", "june"),
        ("bo", "bo"),
    }
    june, bo = matrix.gains
    assert june.own.value == pytest.approx(0.6, abs=0.1)
    assert june.own.relation == bo.own.relation == "better"
    assert june.personal is not None
    assert june.personal.value == pytest.approx(june.own.value - june.others.value)  # type: ignore[union-attr]
    assert (june.personal.relation, june.runner_up) == ("better", "generic")
    assert bo.runner_up == "june"


def test_intervals_of_gains_hold_the_truth() -> None:
    """Nominal 95 %: of 100 runs 5 ± 2 may miss; 12 or more happen by chance in fewer than one of 200 such tests."""
    generator = np.random.default_rng(2)
    missed = {"own": 0, "personal": 0, "lead": 0}
    truth = {"own": 0.6, "personal": 0.5, "lead": 0.6}
    for _ in range(100):
        matrix = perplexity_matrix(token_scores(simulated(generator, GAINS, tokens=4), "generic"), [JUNE], "generic")
        for name, value in truth.items():
            interval = getattr(matrix.gains[0], name).interval
            missed[name] += not interval.low <= value <= interval.high
    assert max(missed.values()) <= 11


def test_all_candidates_are_compared_on_the_same_tokens() -> None:
    rows = [
        *(row("generic", "june", f"{d}#1", [-1.0, -1.0]) for d in "abcdef"),
        *(row("june", "june", f"{d}#1", [-0.5, -0.5]) for d in "abcde"),
        row("june", "june", "f#1", None),
        *(row("bo", "june", f"{d}#1", [-9.0], tokens="another tokenizer") for d in "abcdef"),
    ]
    matrix = perplexity_matrix(token_scores(rows, "generic"), [JUNE], "generic")
    assert matrix.candidates == ("generic", "june")
    assert {cell.replies for cell in matrix.cells} == {5}
    notes = {(note.kind, note.candidate, note.count) for note in scoring_notes(rows, "generic")}
    assert notes == {("unscored", "june", 1), ("other_tokens", "bo", 6)}


def test_an_adapter_that_does_not_know_its_own_training_replies_is_told() -> None:
    known = [
        row(name, "june", f"{d}#1", [value], half="train")
        for d in "ab"
        for name, value in (("generic", -2), ("june", -1))
    ]
    assert training_notes(known, [JUNE], "generic") == []
    strange = [
        row(name, "june", f"{d}#1", [value], half="train")
        for d in "ab"
        for name, value in (("generic", -2), ("june", -3))
    ]
    (note,) = training_notes(strange, [JUNE], "generic")
    assert (note.kind, note.candidate, note.count) == ("stranger_to_training", "june", 2)


OWN = OWN_TEMPLATE.format(candidate="june")


def training_rows(**nats: float) -> list[dict[str, Any]]:
    """Twelve training replies of June, which everybody finds a little likelier in every second dialogue."""
    return [
        row(OWN if name == "own" else name, "june", f"{dialogue}#1", [value + 0.1 * (number % 2)] * 5, half="train")
        for number, dialogue in enumerate("abcdefghijkl")
        for name, value in nats.items()
    ]


def test_an_adapter_that_is_better_with_its_own_template_is_told_with_both_figures() -> None:
    (note,) = training_notes(training_rows(generic=-4, june=-1.5, own=-1), [JUNE], "generic")
    assert (note.kind, note.candidate, note.person, note.count) == ("foreign_template", "june", "june", 12)
    assert note.perplexities == pytest.approx((math.exp(1.45), math.exp(0.95)))
    assert training_notes(training_rows(generic=-4, june=-1, own=-1), [JUNE], "generic") == []
    assert training_notes(training_rows(generic=-4, june=-1, own=-1.5), [JUNE], "generic") == []
    (note,) = training_notes(training_rows(generic=-1, june=-2, own=-2), [JUNE], "generic")
    assert note.kind == "stranger_to_training"


def test_a_difference_that_may_be_noise_is_not_told() -> None:
    rows = training_rows(generic=-4, june=-1)
    rows += [
        row(OWN, "june", f"{dialogue}#1", [-0.2 if number % 3 == 0 else -1.2] * 5, half="train")
        for number, dialogue in enumerate("abcdefghijkl")
    ]
    assert training_notes(rows, [JUNE], "generic") == []


def test_training_replies_are_scored_with_the_template_beside_the_adapter_too(plan: ScoringPlan) -> None:
    asked = [one.slot for one in replace(plan, own_templates={"june": OWN}).replies(CANDIDATES)]
    assert {slot.half for slot in asked if slot.candidate == OWN} == {"train"}
    cases = {name: {slot.case_id for slot in asked if slot.candidate == name} for name in ("june", OWN)}
    assert cases[OWN] == {case_id for case_id in cases["june"] if case_id.startswith("train")}


@pytest.mark.parametrize("words", [ENGLISH_PERSONA, RUSSIAN_PERSONA])
def test_the_note_on_a_foreign_template_says_both_figures_and_what_to_do(words: Any) -> None:
    sentence = words.notes["foreign_template"].format(
        candidate="june", person="june", count="20", with_runs="3.0", with_own="2.7"
    )
    assert all(part in sentence for part in ("june", "20", "3.0", "2.7", "`chat_template`"))


def test_without_any_score_there_is_one_note() -> None:
    rows = [row(name, "june", "a#1", None) for name in ("generic", "june", "bo")]
    assert token_scores(rows, "generic") == {}
    assert [note.kind for note in scoring_notes(rows, "generic")] == ["nothing_scored"]
