"""The gate beside statgate 0.1.1 and evalsig 0.1.2 on the same simulated runs: needs the extra `rivals`.

The question is the same for all: is the candidate worse than the baseline on one of 8 measures? What each is given, after
reading its source:

statgate: one call of `evaluate_gate` a measure, which decides by a BCa interval over cases. It knows no dialogues and no
policies; its case is once a turn, and once a whole dialogue whose turns it takes for repetitions. Any BLOCK blocks.

evalsig: its cluster bootstrap over dialogues, by its interval; and its `holm` on the one-sided p-values of it. Its resampling
is a loop that would take hours here; the same draws are made at once, and the first run is held against its own function. Its
own `gate` asks whether the candidate is *better*, so that an equal one is never allowed; that figure stands beside.

Resamples are fewer than the 10,000 that both tools take by default: what is counted here hangs on far less.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from benchmarks.figures import Figure
from benchmarks.gate_errors import WRONG_BLOCKS, at_most, overall
from benchmarks.gate_worlds import Batch, SimulatedRule, decisions, policy, simulated
from benchmarks.interval_coverage import Owners
from reports.statistics.clusters import FloatArray

DIALOGUES: Final = (20, 60)
RUNS_EQUAL: Final = 400
RUNS_REGRESSED: Final = 400
RUNS_OF_SLOW_ONES: Final = 20
DROP: Final = 0.25
RESAMPLES: Final = 1_000
LEAST_GAIN: Final = 0.005  # what evalsig's own gate is told to ask for, as in its README
LEAST_COVERED: Final = 94.0
REDRAWS: Final = 2_000


class Found(NamedTuple):
    """What one tool said of one policy on one pair of runs."""

    blocked: bool
    passed: bool
    smallest_p: float | None = None
    """One-sided, of "no worse than the baseline", the smallest over the rules; None where the tool tests something else."""
    covered: float | None = None
    """Share of the rules whose 95 % interval held the true difference, which is 0."""


class Pair(NamedTuple):
    """One pair of runs."""

    dialogues: Owners
    baseline: FloatArray
    candidate: FloatArray


Tool = Callable[[Pair], Found]


def run() -> list[Figure]:
    """Wrong blocks and coverage on equal candidates, and missed regressions, of every tool on the same runs."""
    return [figure for dialogues in DIALOGUES for figure in _figures(dialogues)]


def _figures(dialogues: int) -> Iterator[Figure]:
    equal = _said(policy(0.0), dialogues, RUNS_EQUAL)
    regressed = _said(policy(0.0, drop=DROP), dialogues, RUNS_REGRESSED)
    for tool, found in equal.items():
        blocked = 100 * float(np.mean([one.blocked for one in found]))
        is_ours = tool == OURS
        yield Figure(
            f"{dialogues} dialogues, {tool}: equal candidates blocked",
            blocked,
            "%",
            *(at_most(WRONG_BLOCKS, blocked, RUNS_EQUAL) if is_ours else (None, None)),
        )
        held = [one.covered for one in found if one.covered is not None]
        if held:
            covered = 100 * float(np.mean(held))
            yield Figure(
                f"{dialogues} dialogues, {tool}: intervals that hold the truth",
                covered,
                "%",
                f"at least {LEAST_COVERED:.0f} %" if is_ours else None,
                covered >= LEAST_COVERED if is_ours else None,
            )
        if tool not in regressed:
            passed = 100 * float(np.mean([one.passed for one in found]))
            yield Figure(f"{dialogues} dialogues, {tool}: equal candidates allowed", passed, "%")
            continue
        missed = 100 * float(np.mean([not one.blocked for one in regressed[tool]]))
        yield Figure(f"{dialogues} dialogues, {tool}: regressions not blocked", missed, "%")
        level_missed = 100 * _missed(_p_values(found), _p_values(regressed[tool]))
        yield Figure(f"{dialogues} dialogues, {tool}: the same, held to 5 % wrong blocks", level_missed, "%")
        if not is_ours:
            more, error = _missed_more(equal, regressed, tool)
            yield Figure(
                f"{dialogues} dialogues, Rejoinder less {tool}: the same",
                100 * more,
                f"points, standard error {100 * error:.1f}",
                "not above 0 by more than two errors",
                more <= 2 * error,
            )


def _p_values(found: Sequence[Found]) -> FloatArray:
    return np.array([one.smallest_p for one in found], dtype=np.float64)


def _missed(equal: FloatArray, regressed: FloatArray) -> float:
    """Share of the regressions that a tool misses if it blocks 5 % of the equal candidates, from the smallest p-values."""
    return float(np.mean(regressed > np.quantile(equal, WRONG_BLOCKS / 100)))


def _missed_more(equal: dict[str, list[Found]], regressed: dict[str, list[Found]], rival: str) -> tuple[float, float]:
    """By how much more Rejoinder misses than a rival, and the standard error of that: both on the same runs, drawn anew."""
    both = [(_p_values(equal[tool]), _p_values(regressed[tool])) for tool in (OURS, rival)]
    generator = np.random.default_rng(0)
    redrawn = []
    for _ in range(REDRAWS):
        same, worse = (generator.integers(0, runs, runs) for runs in (RUNS_EQUAL, RUNS_REGRESSED))
        ours, theirs = (_missed(p_equal[same], p_worse[worse]) for p_equal, p_worse in both)
        redrawn.append(ours - theirs)
    ours, theirs = (_missed(p_equal, p_worse) for p_equal, p_worse in both)
    return ours - theirs, float(np.std(redrawn))


def _said(rules: Sequence[SimulatedRule], dialogues: int, runs: int) -> dict[str, list[Found]]:
    said: defaultdict[str, list[Found]] = defaultdict(list)
    for batch in simulated(rules, dialogues, runs, np.random.default_rng(5)):
        said[OURS] += _ours(batch, rules)
        for number, pair in enumerate(_pairs(batch)):
            if not number:
                check_cluster_bootstrap(pair)
            for name, tool in RIVALS.items():
                said[name].append(tool(pair))
            if not rules[0].drop and len(said[EVALSIG_GATE]) < RUNS_OF_SLOW_ONES:
                said[EVALSIG_GATE].append(_evalsig_gate(pair))
    return {name: found for name, found in said.items() if found}


def _pairs(batch: Batch) -> Iterator[Pair]:
    for number in range(batch.runs):
        yield Pair(*batch.of_run(number))


def _ours(batch: Batch, rules: Sequence[SimulatedRule]) -> list[Found]:
    found = []
    for decided in decisions(batch, rules):
        outcome = overall(decided)
        held = [one.interval.low <= 0 <= one.interval.high for one in decided if one.interval is not None]
        smallest = min(one.p_value for one in decided if one.p_value is not None)
        found.append(Found(outcome == "fail", outcome == "pass", smallest, float(np.mean(held))))
    return found


def _statgate(pair: Pair, *, by_dialogue: bool) -> Found:
    from statgate import EvalRecord, GateSettings, Verdict, evaluate_gate  # noqa: PLC0415 - an extra

    turns = range(len(pair.dialogues))
    names = [f"d{d}" if by_dialogue else f"d{d}t{turn}" for d, turn in zip(pair.dialogues, turns, strict=True)]
    settings = GateSettings(margin=0.0, resamples=RESAMPLES, permutations=RESAMPLES, seed=0)
    reports = []
    for sides in zip(pair.baseline, pair.candidate, strict=True):
        baseline, candidate = (
            [EvalRecord(case_id=name, score=value) for name, value in zip(names, side.tolist(), strict=True)]
            for side in sides
        )
        reports.append(evaluate_gate(baseline, candidate, settings))
    return Found(
        blocked=any(report.verdict is Verdict.BLOCK for report in reports),
        passed=all(report.verdict is Verdict.SHIP for report in reports),
        smallest_p=min(r.p_value / 2 if r.mean_diff < 0 else 1 - r.p_value / 2 for r in reports),
        covered=float(np.mean([report.interval.low <= 0 <= report.interval.high for report in reports])),
    )


def _evalsig(pair: Pair) -> Found:
    means, boot = _cluster_bootstrap(pair)
    lows, highs = np.quantile(boot, [0.025, 0.975], axis=1)
    held = float(np.mean((lows <= 0) & (highs >= 0)))
    return Found(bool((highs < 0).any()), bool((lows > 0).all()), _evalsig_p_values(means, boot).min(), held)


def _evalsig_holm(pair: Pair) -> Found:
    from evalsig.inference.multiplicity import holm  # noqa: PLC0415 - an extra

    p_values = _evalsig_p_values(*_cluster_bootstrap(pair))
    return Found(bool(holm(p_values).reject.any()), False, p_values.min())


def _evalsig_p_values(means: FloatArray, boot: FloatArray) -> FloatArray:
    """As its `cluster_bootstrap_ci` has them for the alternative "less"; shape [rules]."""
    observed = means[:, np.newaxis]
    p_values: FloatArray = np.maximum((boot - observed <= observed).mean(axis=1), 1 / (RESAMPLES + 1))
    return p_values


def _cluster_bootstrap(pair: Pair) -> tuple[FloatArray, FloatArray]:
    """The means of the differences, shape [rules], and evalsig's resampled ones, shape [rules, resamples]."""
    differences = pair.candidate - pair.baseline
    counts = np.bincount(pair.dialogues).astype(np.float64)
    sums = np.stack([np.bincount(pair.dialogues, weights=own) for own in differences])
    drawn = np.random.default_rng(0).integers(0, len(counts), size=(RESAMPLES, len(counts)))
    return differences.mean(axis=1), sums[:, drawn].sum(axis=2) / counts[drawn].sum(axis=1)


def check_cluster_bootstrap(pair: Pair) -> None:
    """See that the draws made at once are evalsig's own.

    Raises:
        RuntimeError: They are not; this release of evalsig resamples in another way.
    """
    from evalsig.inference.cluster_bootstrap import cluster_bootstrap_ci  # noqa: PLC0415 - an extra

    means, boot = _cluster_bootstrap(pair)
    for own, mean, baseline, candidate in zip(boot, means, pair.baseline, pair.candidate, strict=True):
        both = [
            cluster_bootstrap_ci(baseline, candidate, pair.dialogues, alternative=side, n_resamples=RESAMPLES)
            for side in ("two-sided", "less")
        ]
        p_value = _evalsig_p_values(np.array([mean]), own[np.newaxis])[0]
        if not np.allclose([*both[0].ci, both[1].p_value], [*np.quantile(own, [0.025, 0.975]), p_value]):
            raise RuntimeError("evalsig's cluster bootstrap gives other figures than the draws that stand for it")


def _evalsig_gate(pair: Pair) -> Found:
    """As its command does it, whose tests take cases for independent unless told of clusters; here they are told."""
    from evalsig.compare.gate import GateVerdict, gate  # noqa: PLC0415 - an extra
    from evalsig.types import ItemResult, RunFrame  # noqa: PLC0415 - an extra

    def frame(name: str, values: FloatArray) -> RunFrame:
        items = [
            ItemResult(item_id=str(turn), score=value, cluster_id=str(dialogue))
            for turn, (value, dialogue) in enumerate(zip(values.tolist(), pair.dialogues, strict=True))
        ]
        return RunFrame(run_id=name, model_id=name, task_id="task", metric_name="score", items=items)

    verdicts = [
        gate(
            frame("baseline", baseline),
            frame("candidate", candidate),
            min_delta=LEAST_GAIN,
            cluster="dialogue",
            n_resamples=RESAMPLES // 10,
        ).verdict
        for baseline, candidate in zip(pair.baseline, pair.candidate, strict=True)
    ]
    return Found(GateVerdict.REJECT in verdicts, set(verdicts) == {GateVerdict.ALLOW})


OURS: Final = "Rejoinder"
EVALSIG_GATE: Final = "evalsig gate (asks for better)"

RIVALS: Final[dict[str, Tool]] = {
    "statgate (a case is a turn)": lambda pair: _statgate(pair, by_dialogue=False),
    "statgate (a case is a dialogue)": lambda pair: _statgate(pair, by_dialogue=True),
    "evalsig (cluster bootstrap)": _evalsig,
    "evalsig (cluster bootstrap and Holm)": _evalsig_holm,
}
