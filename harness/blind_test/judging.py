"""A judge model takes the blind test: the same pairs, asked in both orders by a rubric that compares replies."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.blind_test.contests import Wanted, contests_of
from harness.blind_test.folder import BlindFolder, JudgeAnswer
from harness.blind_test.pairs import BlindPair, Material, read_material
from harness.blind_test.sheets import pairs_answered
from harness.judging.asked_judge import AskedRubric
from harness.judging.judge_engine import serving_judge
from harness.run_folder import RunFolder
from harness.spec import JudgeEngineSpec
from judges.judging import MAX_CONCURRENT
from judges.pairs import PairJudge
from judges.readouts.readout_check import check_readout
from suites.userfile import InputError


@dataclass(frozen=True, slots=True)
class JudgeTest:
    """What a judge is asked."""

    run: Path
    wanted: Wanted
    rubric: AskedRubric
    """It must compare pairs."""
    most: int = 200
    """How many pairs at most: first those that raters have answered, then others."""


def take_test(test: JudgeTest, judge: JudgeEngineSpec) -> str:
    """Ask a judge about all pairs that it has not answered yet; gives the judge's name.

    Raises:
        InputError: The run, the rubric or the engine is wrong, the engine failed, or another process does the same.
        ReportError: The run's tables are missing or torn.
        RunLogError: An answer could not be written; those before it are kept.
    """
    folder, blind = RunFolder(test.run), BlindFolder(test.run)
    material = read_material(folder, contests_of(folder, test.wanted))
    rubric = test.rubric.load()
    if not rubric.compares_pairs:
        raise InputError(
            "does not compare pairs, so it cannot say which of two replies is the person's", field="--rubric"
        )
    pairs = _chosen(material, pairs_answered(blind, material), test.most)
    if not pairs:
        raise InputError(f"offers no pair of replies to tell apart; left out: {material.told_left_out}", file=test.run)

    async def taking() -> str:
        async with serving_judge(judge) as model:
            await check_readout(rubric, model, {pair.case.language for pair in pairs})
            await _ask(PairJudge(rubric, model), model.identity, pairs, blind)
            return model.identity

    with blind.judging():
        return asyncio.run(taking())


def _chosen(material: Material, answered: set[str], most: int) -> list[BlindPair]:
    """Pairs that raters have answered first; ids are hashes, so their order is as good as drawn, and always the same."""
    return sorted(material.pairs, key=lambda pair: (pair.id not in answered, pair.id))[:most]


async def _ask(judge: PairJudge, name: str, pairs: Sequence[BlindPair], blind: BlindFolder) -> None:
    done = {
        answer.pair
        for answer in blind.verdicts.records()
        if answer.verdict.signature == judge.signature and answer.verdict.status != "error"
    }
    free = asyncio.Semaphore(MAX_CONCURRENT)

    async def ask(pair: BlindPair) -> None:
        async with free:
            verdict = await judge.compare(pair.case, *pair.texts)
        blind.verdicts.append(
            JudgeAnswer(
                judge=name,
                pair=pair.id,
                case_id=pair.case.id,
                dialogue_id=pair.case.dialogue_id,
                candidate=pair.contest.candidate,
                against=pair.contest.against,
                verdict=verdict,
            )
        )

    await asyncio.gather(*(ask(pair) for pair in pairs if pair.id not in done))
