"""Adapters trained on persons, each held against the others and the generic model on what the persons really said.

For every suite of two persons: an adapter for each is trained on the training half, then one run tells how likely every
candidate finds every person's held-out replies and whose the generated replies are taken for.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from benchmarks.figures import Figure
from benchmarks.small_model import MAX_TOKENS, ROOT, checkpoint
from harness.evaluation import evaluate_spec
from reports.persona.findings import Compared, Estimate, Gain, PersonaFindings
from suites.loading import load_suite

SUITES = ("coffee_voices", "grocery_voices_ru")


def run() -> list[Figure]:
    """Train, run and read the findings, suite by suite."""
    with tempfile.TemporaryDirectory() as name:
        found = {suite: found_on(Path(name) / suite, suite) for suite in SUITES}
    return [figure for suite in SUITES for figure in figures_of(suite, found[suite], must_hold=True)]


def found_on(folder: Path, suite: str) -> PersonaFindings:
    """Adapters of all persons of a suite, and what a run with them finds."""
    folder.mkdir()
    persons = list(load_suite(suite).header.personas)
    adapters = {person: _trained(suite, person, folder / "adapters" / person) for person in persons}
    candidates: dict[str, Any] = {"generic": {}}
    candidates |= {person: {"adapter": str(path), "imitates": person} for person, path in adapters.items()}
    spec = {
        "suite": suite,
        "engine": {"kind": "auto", "model": str(checkpoint())},
        "candidates": candidates,
        "baseline": "generic",
        "metrics": ["length_ratio"],
        "sampling": {"temperature": 0, "max_tokens": MAX_TOKENS},
        "persona": {"controls": True},
    }
    file = folder / "eval.yaml"
    file.write_text(yaml.safe_dump(spec), encoding="utf-8")
    run = evaluate_spec(file, out=folder / "run")
    return PersonaFindings.model_validate(json.loads((run.folder / "persona.json").read_text(encoding="utf-8")))


def _trained(suite: str, person: str, out: Path) -> Path:
    command = [sys.executable, "-m", "examples.train_adapter", "--base", str(checkpoint()), "--suite", suite]
    subprocess.run([*command, "--persona", person, "--out", str(out)], check=True, cwd=ROOT, stdout=sys.stderr)
    return out


def figures_of(suite: str, found: PersonaFindings, must_hold: bool) -> Iterator[Figure]:
    """What a suite's run shows; `must_hold` where the persons are known to differ."""
    for person in found.persons:
        yield Figure(f"{suite}: {person.name}, training replies", person.training_replies)
        yield Figure(f"{suite}: {person.name}, held-out replies", person.held_out_replies)
    assert found.matrix is not None, "the engine scores given text"
    for cell in found.matrix.cells:
        yield Figure(f"{suite}: perplexity of {cell.candidate} on {cell.person}", cell.perplexity)
    for gain in found.matrix.gains:
        wins = _wins_its_column(gain, found)
        yield _judged(f"{suite}: {gain.candidate} has the lowest perplexity on its person", wins, must_hold)
        yield from _gained(suite, gain)
    yield from _authorship(suite, found, must_hold)


def _wins_its_column(gain: Gain, found: PersonaFindings) -> bool:
    """Whether nobody else finds the person's replies likelier; the same adapter with another's card is nobody else."""
    assert found.matrix is not None
    column = {cell.candidate: cell.perplexity for cell in found.matrix.cells if cell.person == gain.person}
    own = next(imitator for imitator in found.imitators if imitator.candidate == gain.candidate)
    return all(column[gain.candidate] < column[name] for name in column.keys() - {own.candidate, own.other_card})


def _gained(suite: str, gain: Gain) -> Iterator[Figure]:
    told: Mapping[str, Compared | None] = {"own person": gain.own, "personal": gain.personal}
    for name, estimate in told.items():
        if estimate is not None:
            yield from _with_interval(f"{suite}: gain of {gain.candidate}, {name}", estimate, "nats a token")


def _authorship(suite: str, found: PersonaFindings, must_hold: bool) -> Iterator[Figure]:
    authorship = found.authorship
    chance = authorship.chance
    if authorship.accuracy is None or chance is None:
        return
    yield Figure(f"{suite}: attribution, chance", 100 * chance, "%")
    yield from _above_chance(f"{suite}: attribution of the real replies", authorship.accuracy, chance, must_hold)
    imitators = {imitator.candidate for imitator in found.imitators}
    imitated = {name: one.person for one in found.imitators for name in (one.candidate, *one.controls)}
    for row in authorship.rows:
        if row.candidate is None or row.own is None or imitated.get(row.candidate, row.person) != row.person:
            continue  # the generic model counts on all persons, imitators and their controls on the one that they imitate
        name = f"{suite}: replies of {row.candidate} taken for {row.person}'s"
        yield from _above_chance(name, row.own, chance, must_hold and row.candidate in imitators)


def _above_chance(what: str, estimate: Estimate, chance: float, must_hold: bool) -> Iterator[Figure]:
    yield Figure(what, 100 * estimate.value, "%")
    if estimate.interval is not None:
        low = estimate.interval.low
        target = ("above chance", low > chance) if must_hold else (None, None)
        yield Figure(f"{what}, lower end", 100 * low, "%", *target)


def _with_interval(what: str, estimate: Estimate, unit: str) -> Iterator[Figure]:
    yield Figure(what, estimate.value, unit)
    if estimate.interval is not None:
        yield Figure(f"{what}, lower end", estimate.interval.low, unit)
        yield Figure(f"{what}, upper end", estimate.interval.high, unit)


def _judged(what: str, holds: bool, must_hold: bool) -> Figure:
    return Figure(what, holds, "", "1", holds) if must_hold else Figure(what, holds)
