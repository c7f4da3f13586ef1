"""What raters and judges answered in a run's blind test, in the form that `reports.blind` works its figures out from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from harness.blind_test.contests import Contest
from harness.blind_test.folder import REAL, BlindFolder, JudgeAnswer, RaterAnswer
from harness.blind_test.pairs import Material, read_material
from harness.run_folder import RunFolder
from judges.pair_verdict import PairOutcome
from reports.blind.answers import BlindAnswer, JudgeSheet, RaterSheet
from reports.blind.results import CONTEST_SEPARATOR, BlindResults, blind_results
from suites.userfile import InputError

_SCORE_OF_CANDIDATE: dict[PairOutcome, float] = {"first": 1.0, "second": 0.0, "tie": 0.5, "inconsistent": 0.5}
"""As if the order were drawn and one reply had to be chosen: an answer that turns with the order is then a toss of a coin."""


def read_results(run: Path) -> BlindResults:
    """All figures of a run's blind test.

    Raises:
        InputError: It is no run folder, nobody has taken the test, or a log cannot be read.
        ReportError: The run's tables are missing or torn.
    """
    folder, blind = RunFolder(run), BlindFolder(run)
    manifest = folder.read_manifest()
    answers, verdicts = list(blind.answers.records()), list(blind.verdicts.records())
    if not answers and not verdicts:
        raise InputError("nobody has taken a blind test of this run yet; start one with `rejoinder blind`", file=run)
    contests = {Contest(answer.candidate, answer.against) for answer in answers}
    contests |= {Contest(verdict.candidate, verdict.against) for verdict in verdicts}
    known = read_material(folder, dict.fromkeys(sorted(contests)))
    current = [answer for answer in answers if answer.kind == "check" or answer.pair in known.ids]
    judged = [verdict for verdict in verdicts if verdict.pair in known.ids]
    outdated = len(answers) - len(current) + len(verdicts) - len(judged)
    results = blind_results(manifest.run, _rater_sheets(current), _judge_sheets(judged), outdated)
    return results.model_copy(update={"has_leak": manifest.suite.allow_leak})


class JudgedPair(NamedTuple):
    """One judge's answer about a candidate's reply and the person's own."""

    judge: str
    """The model and its rubric."""
    candidate: str
    person: str
    dialogue_id: str
    case_id: str
    taken: float
    """1 where the candidate's reply was taken for the person's, 0 where it was not, 0.5 where that turned with the order."""


def judged_pairs(folder: RunFolder) -> list[JudgedPair]:
    """What judges answered about replies that the run still holds, in contexts of which it says whose they are.

    Raises:
        InputError: The log cannot be read.
        ReportError: The run's tables are missing or torn.
    """
    verdicts = [
        one for one in BlindFolder(folder.path).verdicts.records() if one.against == REAL and one.verdict.outcome
    ]
    contests = dict.fromkeys(Contest(one.candidate, REAL) for one in verdicts)
    pairs = read_material(folder, contests).pairs if verdicts else ()
    person_of = {(pair.contest.candidate, pair.id): pair.person for pair in pairs}
    last = {(one.verdict.signature, one.candidate, one.pair): one for one in verdicts}
    found = []
    for one in last.values():
        person, outcome = person_of.get((one.candidate, one.pair)), one.verdict.outcome
        if person is not None and outcome is not None:
            taken = _SCORE_OF_CANDIDATE[outcome]
            found.append(JudgedPair(_judge_name(one), one.candidate, person, one.dialogue_id, one.case_id, taken))
    return sorted(found)


def pairs_answered(blind: BlindFolder, material: Material) -> set[str]:
    """The pairs that raters have answered."""
    return {answer.pair for answer in blind.answers.records() if answer.kind == "pair"} & material.ids


def _rater_sheets(answers: Sequence[RaterAnswer]) -> list[RaterSheet]:
    by_rater: defaultdict[str, list[RaterAnswer]] = defaultdict(list)
    for answer in answers:
        by_rater[answer.rater].append(answer)
    return [_rater_sheet(rater, by_rater[rater]) for rater in sorted(by_rater, key=str.casefold)]


def _rater_sheet(rater: str, answers: Sequence[RaterAnswer]) -> RaterSheet:
    checks = [answer for answer in answers if answer.kind == "check"]
    times = [answer.seconds for answer in answers if answer.seconds is not None]
    return RaterSheet(
        name=rater,
        answers=[_of_rater(answer) for answer in answers if answer.kind == "pair"],
        checks=len(checks),
        checks_passed=sum(check.chosen == REAL for check in checks),
        knows_person=answers[-1].knows_person,
        seconds=median(times) if times else None,
    )


def _of_rater(answer: RaterAnswer) -> BlindAnswer:
    right = REAL if answer.against == REAL else answer.candidate
    return BlindAnswer(
        rater=answer.rater,
        question=answer.pair,
        dialogue=answer.dialogue_id,
        contest=_contest(answer),
        score=float(answer.chosen == right),
        confidence=answer.confidence,
    )


def _contest(answer: RaterAnswer | JudgeAnswer) -> str:
    real = answer.against == REAL
    return answer.candidate if real else f"{answer.candidate}{CONTEST_SEPARATOR}{answer.against}"


def _judge_sheets(answers: Sequence[JudgeAnswer]) -> list[JudgeSheet]:
    """Of each judge with its rubric and readout: one that was asked by another rubric is another judge here."""
    last = {(answer.verdict.signature, answer.pair): answer for answer in answers}
    by_judge: defaultdict[str, list[JudgeAnswer]] = defaultdict(list)
    for answer in last.values():
        by_judge[_judge_name(answer)].append(answer)
    return [_judge_sheet(name, own) for name, own in sorted(by_judge.items())]


def _judge_name(answer: JudgeAnswer) -> str:
    return f"{answer.judge} ({answer.verdict.rubric})"


def _judge_sheet(name: str, answers: Sequence[JudgeAnswer]) -> JudgeSheet:
    read = [answer for answer in answers if answer.verdict.outcome is not None]
    return JudgeSheet(
        name=name,
        answers=[_of_judge(name, answer, answer.verdict.outcome) for answer in read if answer.verdict.outcome],
        inconsistent=sum(answer.verdict.outcome == "inconsistent" for answer in read),
        unread=len(answers) - len(read),
    )


def _of_judge(name: str, answer: JudgeAnswer, outcome: PairOutcome) -> BlindAnswer:
    score = _SCORE_OF_CANDIDATE[outcome]
    return BlindAnswer(
        rater=name,
        question=answer.pair,
        dialogue=answer.dialogue_id,
        contest=_contest(answer),
        score=1 - score if answer.against == REAL else score,
    )
