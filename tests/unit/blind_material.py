"""Pairs, planners and answers for the tests of the blind test. Holds no tests."""

from __future__ import annotations

from collections.abc import Sequence

from judge_models import case_of

from harness.blind_test.contests import Contest
from harness.blind_test.folder import REAL, Secret
from harness.blind_test.pairs import BlindPair
from harness.blind_test.plan import CheckTexts, Extent, Planner
from reports.blind.answers import BlindAnswer

CHECKS = CheckTexts("Choose this.", "Leave this.")


def secret(seed: str = "seed") -> Secret:
    return Secret(token="token", seed=seed)


def pairs_of(
    dialogues: int, turns: int = 1, candidates: Sequence[str] = ("june",), against: str = REAL
) -> list[BlindPair]:
    """A pair for each dialogue, turn and candidate; texts say whose they are."""
    return [
        BlindPair(
            id=f"{dialogue}#{turn} {candidate}",
            contest=Contest(candidate, against),
            person=None,
            case=case_of(("user", f"question {turn}")).model_copy(
                update={"id": f"{dialogue}#{turn}", "dialogue_id": str(dialogue), "turn": turn}
            ),
            texts=(f"{candidate} {dialogue}#{turn}", f"person {dialogue}#{turn}"),
        )
        for dialogue in range(dialogues)
        for turn in range(turns)
        for candidate in candidates
    ]


def planner(pairs: Sequence[BlindPair], questions: int = 40, per_dialogue: int = 1, seed: str = "seed") -> Planner:
    return Planner(pairs, secret(seed), Extent(questions, per_dialogue), CHECKS)


def answer(score: float, dialogue: int, rater: str = "anna", contest: str = "june", **more: int) -> BlindAnswer:
    return BlindAnswer(rater, f"{dialogue} {contest}", str(dialogue), contest, score, **more)
