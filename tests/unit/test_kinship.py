"""A judge among its own family: found by weights and by names, and said in every report."""

from __future__ import annotations

import pytest

from harness.engines.engine import ModelIdentity
from harness.judging.kinship import kin_of_judges
from reports.kinship import kinship_warnings
from reports.pages.wording.english import ENGLISH
from reports.pages.wording.russian import RUSSIAN
from reports.records import Manifest


def identity(name: str, base: str) -> ModelIdentity:
    return ModelIdentity(name=name, base=base)


CANDIDATES = {
    "plain": identity("SmolLM2-1.7B-Instruct", "b1"),
    "tuned": identity("checkpoint-500", "b0"),
    "other": identity("Qwen2.5-0.5B", "b2"),
}


@pytest.mark.parametrize(
    ("judge", "kin"),
    [
        (identity("SmolLM2-135M-Instruct", "b0"), {"SmolLM2-135M-Instruct": ("plain", "tuned")}),
        (identity("judge", "b2"), {"judge": ("other",)}),
        (identity("checkpoint-900", "b9"), {}),  # not the name of a family
        (identity("gpt-4.1", "b3"), {}),
    ],
)
def test_kin_is_found_by_weights_and_by_name(judge: ModelIdentity, kin: dict[str, tuple[str, ...]]) -> None:
    assert kin_of_judges([judge], CANDIDATES) == kin


def test_each_judge_is_looked_at() -> None:
    judges = [identity("qwen-judge", "x"), identity("smollm-judge", "y"), identity("gpt", "z")]
    assert kin_of_judges(judges, CANDIDATES) == {"qwen-judge": ("other",), "smollm-judge": ("plain",)}


def test_reports_warn_in_their_language() -> None:
    manifest = Manifest.model_construct(judge_kin={"SmolLM2": ("plain", "tuned")})
    (english,) = kinship_warnings(manifest, ENGLISH)
    assert english.startswith("The judge SmolLM2 is of one family with plain, tuned. ")
    (russian,) = kinship_warnings(manifest, RUSSIAN)
    assert russian.startswith("Судья SmolLM2 — одного семейства с plain, tuned. ")
    assert kinship_warnings(Manifest.model_construct(judge_kin={}), ENGLISH) == []
