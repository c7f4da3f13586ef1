"""How often the rule-based classifier tells the act that people gave a turn, and how long it takes with all checks.

Public data: `orders_*.jsonl` in the folder that REJOINDER_TEST_DATA names (`../shared/data` if it is not set); left out
where there is none. Their acts are clarify, confirm and other, so inform, refuse and chat count as other. The built-in
suites: every reference, against the act that is due.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.figures import Figure
from harness.metrics.dialogue_act import DialogueActMetric, classify
from harness.metrics.expectation_checks import ExpectationChecks
from harness.metrics.text import stems
from suites.cases import Case, cases_of
from suites.dialogue import DialogueAct
from suites.loading import Half, load_suite

DATA = Path(os.environ.get("REJOINDER_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
PUBLIC = {"orders_taskmaster": "en", "orders_sgd": "en", "orders_ru_multiwoz": "ru"}
BUILT_IN = ("coffee_orders", "grocery_orders_ru")
OTHER = "other"
MILLISECONDS_A_REPLY = 0.3


class Turn(NamedTuple):
    """One reply, its gold act and the act told."""

    text: str
    gold: str
    told: str


def run() -> list[Figure]:
    """Accuracy, macro-F1, recall and confusions of every set and half, and the time a reply takes."""
    figures = [_cost(name) for name in BUILT_IN]  # first, while the metrics remember no reply
    for name, language in PUBLIC.items():
        file = DATA / f"{name}.jsonl"
        if file.exists():
            for half, turns in _public_halves(file, language).items():
                figures += _figures(f"{name}, {half}", turns)
    for name in BUILT_IN:
        halves: tuple[Half, Half] = ("train", "held_out")
        for half in halves:
            figures += _figures(f"{name}, {half}", list(_built_in_turns(name, half)))
    return figures


def _public_halves(file: Path, language: str) -> dict[str, list[Turn]]:
    """Rules were developed on one half alone; a dialogue is in either by the parity of its id's SHA-256."""
    halves: dict[str, list[Turn]] = {"development half": [], "other half": []}
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        dialogue_id = row["id"].partition("#")[0]
        odd = hashlib.sha256(dialogue_id.encode()).digest()[-1] % 2
        text = row["turns"][row["target_index"]]["content"]
        act = classify(text, language)
        told = act.value if act in (DialogueAct.CLARIFY, DialogueAct.CONFIRM) else OTHER
        halves["other half" if odd else "development half"].append(Turn(text, row["act"], told))
    return halves


def _built_in_turns(name: str, half: Half) -> Iterator[Turn]:
    for case in cases_of(load_suite(name), half):
        if case.expectation.act is not None:
            for text in case.references:
                yield Turn(text, case.expectation.act.value, classify(text, case.language).value)


def _figures(name: str, turns: list[Turn]) -> list[Figure]:
    from sklearn.metrics import accuracy_score, confusion_matrix, f1_score  # noqa: PLC0415  (a second to import)

    gold, told = [turn.gold for turn in turns], [turn.told for turn in turns]
    acts = sorted(set(gold))
    figures = [
        Figure(f"{name}: turns", len(turns)),
        Figure(f"{name}: share of the commonest act", max(map(gold.count, acts)) / len(gold)),
        Figure(f"{name}: accuracy", accuracy_score(gold, told)),
        Figure(f"{name}: macro-F1", f1_score(gold, told, labels=acts, average="macro")),
    ]
    for act, row in zip(acts, confusion_matrix(gold, told, labels=acts), strict=True):
        figures.append(Figure(f"{name}: recall of {act}", row[acts.index(act)] / row.sum()))
        for other, count in zip(acts, row, strict=True):
            if act != other and count:
                figures.append(Figure(f"{name}: {act} told as {other}", int(count), "turns"))
    return figures


def _cost(name: str) -> Figure:
    """Processor time of act and checks together on new replies whose words have been stemmed before, as in a long run."""
    suite = load_suite(name)
    language = suite.header.language
    metrics = (DialogueActMetric(language), ExpectationChecks(language))
    replies: list[tuple[Case, str]] = [(case, text) for case in cases_of(suite) for text in case.references]
    stems(" ".join(text for _, text in replies), language)
    for case in cases_of(suite, "train"):  # the phrases of expectations recur as well
        for metric in metrics:
            metric.measure(case, case.references[0])
    began = time.process_time()
    for case, text in replies:
        for metric in metrics:
            metric.measure(case, text)
    milliseconds = 1000 * (time.process_time() - began) / len(replies)
    target = f"at most {MILLISECONDS_A_REPLY} ms"
    return Figure(f"{name}: act and checks, a reply", milliseconds, "ms", target, milliseconds <= MILLISECONDS_A_REPLY)
