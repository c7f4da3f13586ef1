"""Runs whose candidates and judges do not fit one engine, on the real small model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.evaluation import Run, evaluate_spec
from suites.userfile import InputError

ADAPTERS = Path(__file__).parents[2] / "examples" / "adapters"

pytestmark = pytest.mark.model


def run_of(folder: Path, checkpoint: Path, **fields: object) -> Run:
    spec = {
        "suite": "coffee_orders",
        "max_dialogues": 1,
        "engine": {"kind": "transformers", "model": str(checkpoint), "options": {"dtype": "float32"}},
        "sampling": {"max_tokens": 8},
        "metrics": ["chrf"],
        "judges": [{"rubric": "appropriateness"}],
        **fields,
    }
    (folder / "eval.yaml").write_text(json.dumps(spec))
    return evaluate_spec(folder / "eval.yaml", out=folder / "run")


def test_a_merged_adapter_and_a_judge_of_its_own_are_loaded_one_after_the_other(
    checkpoint: Path, tmp_path: Path
) -> None:
    """And each adapter is proven on the engine that serves it."""
    june = str(ADAPTERS / "june")
    candidates = {"base": {}, "plain": {"adapter": june}, "merged": {"adapter": june, "merge": True}}
    judge = {"kind": "transformers", "model": str(checkpoint), "when": "after", "options": {"dtype": "float32"}}
    run = run_of(tmp_path, checkpoint, candidates=candidates, judge_engine=judge)
    replies = run.replies.pivot(index="case_id", columns="candidate", values="text")
    assert len(run.replies) == replies.size == 3 * run.manifest.suite.cases, "nothing is generated twice"
    assert run.manifest.candidates["plain"].identity["base"] != run.manifest.candidates["merged"].identity["base"]
    judged = run.results[run.results.measure == "appropriateness"]
    assert (judged.status == "ok").all()
    assert len(judged) == len(run.replies)
    proofs = {name: candidate.adapter_proof for name, candidate in run.manifest.candidates.items()}
    plain, merged = proofs["plain"], proofs["merged"]
    assert proofs["base"] is None
    assert plain is not None and plain.from_base is not None and plain.from_base.mean > 0.1
    assert merged is not None and merged.peft is not None
    assert merged.peft.difference.mean < 0.05 * merged.peft.effect.mean, "merging rounds to bfloat16, and no more"


def test_the_adapter_of_a_judge_beside_the_candidates_is_proven(checkpoint: Path, tmp_path: Path) -> None:
    judge = {"kind": "same", "adapter": str(ADAPTERS / "order_taker")}
    run = run_of(tmp_path, checkpoint, candidates={"base": {}}, judge_engine=judge)
    proof = run.manifest.judge_adapter_proof
    assert proof is not None and proof.from_base is not None and proof.from_base.mean > 0.1
    (signature,) = {m.signature for m in run.manifest.measures if m.kind == "judge"}
    assert "+order_taker@" in signature


def test_replies_are_compared_on_the_candidates_own_engine(checkpoint: Path, tmp_path: Path) -> None:
    """The reports name the judge of pairs when its engine is long closed."""
    candidates = {"base": {}, "june": {"adapter": str(ADAPTERS / "june")}}
    judges = [{"rubric": "better_reply", "pairs": "baseline", "reasons": "all"}]
    run = run_of(tmp_path, checkpoint, candidates=candidates, judges=judges)
    (measure,) = run.manifest.preferences
    assert measure.signature.startswith(f"judge:{checkpoint.name}@")
    assert len(run.preferences) == run.manifest.suite.cases
    assert (run.preferences.status == "ok").all()
    assert run.preferences.reason.str.contains("1 = june, 2 = base: ").any()


def test_what_a_later_stage_cannot_load_is_found_out_before_anything_is_generated(
    checkpoint: Path, tmp_path: Path
) -> None:
    candidates = {"base": {}, "full": {"model": str(ADAPTERS / "june")}}
    with pytest.raises(InputError, match="this is an adapter: name its base as the model"):
        run_of(tmp_path, checkpoint, candidates=candidates, judges=[])
    assert not (tmp_path / "run").exists()
