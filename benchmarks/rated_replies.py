"""Public replies that people rated, and the lexical metrics that publications hold against them.

`human_ratings_*.jsonl` in the folder that REJOINDER_TEST_DATA names (`../shared/data` if it is not set).
"""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

DATA = Path(os.environ.get("REJOINDER_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))

HUMAN = "Original Ground Truth"
"""The `model` of replies that a person wrote: they are the references, so metrics are not measured on them."""


@dataclass(frozen=True, slots=True)
class RatedSet:
    """One set of rated replies and the question that its people were asked."""

    name: str
    file: str
    criterion: str
    scale: tuple[int, int]


@dataclass(frozen=True, slots=True)
class RatedReply:
    """A reply in its context, with what each rater gave."""

    context: Sequence[Mapping[str, str]]
    reply: str
    reference: str | None
    ratings: Sequence[int]
    context_id: str
    by_a_person: bool

    @property
    def mean(self) -> float:
        """Mean over the raters."""
        return fmean(self.ratings)


SETS = (
    RatedSet("USR Topical-Chat", "human_ratings_usr_topicalchat.jsonl", "Overall", (1, 5)),
    RatedSet("ConTurE", "human_ratings_conture.jsonl", "overall_impression_majority", (0, 2)),
    RatedSet("LLM-Rubric", "human_ratings_llmrubric_dialog.jsonl", "Q0", (1, 4)),
    RatedSet("coffee ratings", "human_ratings_tm4_coffee_reward.jsonl", "good", (0, 1)),
)


def rated_replies(chosen: RatedSet, folder: Path = DATA) -> list[RatedReply]:
    """The replies of a set; of whole dialogues, the last reply stands for the dialogue."""
    lines = (folder / chosen.file).read_text(encoding="utf-8").splitlines()
    return [_reply(json.loads(line), chosen) for line in lines]


def _reply(line: Mapping[str, Any], chosen: RatedSet) -> RatedReply:
    context, reply = line["context"], line["response"]
    if reply is None:
        last = max(index for index, turn in enumerate(context) if turn["role"] == "assistant")
        context, reply = context[:last], context[last]["content"]
    return RatedReply(
        context=context,
        reply=reply,
        reference=line.get("reference"),
        ratings=tuple(line["ratings"][chosen.criterion]),
        context_id=line["context_id"],
        by_a_person=line.get("model") == HUMAN,
    )


def words(text: str) -> list[str]:
    """The words of a text that is tokenised already."""
    return text.split()


def rouge_l(reply: str, reference: str, beta: float = 1.2) -> float:
    """ROUGE-L as nlg-eval and the COCO caption scorer have it: F-measure with beta 1.2 over whitespace tokens."""
    first, second = words(reply), words(reference)
    common = _longest_common(first, second)
    if not common:
        return 0.0
    precision, recall = common / len(first), common / len(second)
    return (1 + beta**2) * precision * recall / (recall + beta**2 * precision)


def bleu(reply: str, reference: str, order: int) -> float:
    """Sentence BLEU as nlg-eval and the COCO caption scorer have it: tiny constants in place of smoothing."""
    tiny, small = 1e-15, 1e-9
    given, wanted = words(reply), words(reference)
    product = 1.0
    for length in range(1, order + 1):
        grams, known = _grams(given, length), _grams(wanted, length)
        correct = sum(min(count, known[gram]) for gram, count in grams.items())
        product *= (correct + tiny) / (max(0, len(given) - length + 1) + small)
    ratio = (len(given) + tiny) / (len(wanted) + small)
    brevity = math.exp(1 - 1 / ratio) if ratio < 1 else 1.0
    return float(product ** (1 / order) * brevity)


LEXICAL: Mapping[str, Callable[[str, str], float]] = {
    "ROUGE_L(beta=1.2)": rouge_l,
    **{f"BLEU-{n}(nlg-eval)": partial(bleu, order=n) for n in range(1, 5)},
    "n_words": lambda reply, reference: float(len(words(reply))),
}
"""By the names that publications' tables have; a reply and its reference give the value."""


def _grams(tokens: Sequence[str], length: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[i : i + length]) for i in range(len(tokens) - length + 1))


def _longest_common(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(second) + 1)
    for token in first:
        above = row
        row = [0]
        for j, other in enumerate(second):
            row.append(above[j] + 1 if token == other else max(above[j + 1], row[j]))
    return row[-1]
