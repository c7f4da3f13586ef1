"""BLEU, chrF, ROUGE and METEOR of 5,000 pairs, against the libraries that define them, called one after another.

A pair is a reply and the references of a case of `coffee_orders`. The reply is a reference of the case itself, which its
references then lack, or one of a case far from it, so that pairs are like and unlike. No pair comes twice, and no text comes
again while metrics still keep the case that it came with. The libraries are called as their documentation has
it. WordNet is loaded, and all pairs were measured once, before the clock starts.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

from benchmarks.figures import Figure
from harness.metrics.metric import CorpusMetric, Measurement, Metric
from harness.metrics.selection import make_metrics
from harness.metrics.wordnet import HOW_TO_GET, wordnet_status
from suites.cases import Case, cases_of
from suites.loading import load_suite

SUITE = "coffee_orders"
PAIRS = 5_000
ROUNDS = 5
MOST_OF_THE_TIME = 0.5
EQUAL_WITHIN = 1e-9
MOST_REFERENCES = 3
FAR, STEP = 100, 17
"""How far from a case its replies come from, in cases, and how much farther each time."""


class Pair(NamedTuple):
    """A reply to a case, whose references it is compared with."""

    case: Case
    reply: str


Values = Mapping[str, Sequence[float]]
"""By measure: the value of each pair, and for BLEU and chrF the value of all pairs as one corpus after them."""

Way = Callable[[Sequence[Pair]], Values]
"""Measures all pairs."""


class Time(NamedTuple):
    """Seconds that something took."""

    wall: float
    cpu: float


def run() -> list[Figure]:
    """Whole times of both ways, their ratio, the largest difference of a value, and the ratio of each library."""
    if not wordnet_status().place:
        raise SystemExit(f"METEOR needs WordNet here: run `make wordnet` and set NLTK_DATA, or {HOW_TO_GET}")
    pairs = make_pairs()
    libraries = {"bleu": _bleu_way(), "chrf": _chrf_way(), "rouge": _rouge_way(), "meteor": _meteor_way()}
    metrics = make_metrics(list(libraries), "en")
    theirs, ours = _one_after_another(list(libraries.values())), _our_way(metrics)
    difference = _largest_difference(theirs(pairs), ours(pairs))
    their_time, our_time = _median_times(theirs, ours, pairs)
    wall, cpu = our_time.wall / their_time.wall, our_time.cpu / their_time.cpu
    target = f"at most {MOST_OF_THE_TIME}"
    figures = [
        Figure("pairs", len(pairs)),
        Figure("the libraries, one after another", their_time.wall, "s"),
        Figure("the libraries, one after another: CPU time", their_time.cpu, "s"),
        Figure("Rejoinder", our_time.wall, "s"),
        Figure("Rejoinder: CPU time", our_time.cpu, "s"),
        Figure("Rejoinder's share of the time", wall, "", target, wall <= MOST_OF_THE_TIME),
        Figure("Rejoinder's share of the CPU time", cpu, "", target, cpu <= MOST_OF_THE_TIME),
        Figure("largest difference of a value", difference, "", f"at most {EQUAL_WITHIN}", difference <= EQUAL_WITHIN),
    ]
    for (name, library), metric in zip(libraries.items(), metrics, strict=True):
        their_time, our_time = _median_times(library, _our_way([metric]), pairs)
        figures.append(Figure(f"{name} alone: the library's CPU time", their_time.cpu, "s"))
        figures.append(Figure(f"{name} alone: Rejoinder's share of it", our_time.cpu / their_time.cpu))
    return figures


def make_pairs() -> list[Pair]:
    """5,000 different pairs."""
    suite = load_suite(SUITE)
    cases = [*cases_of(suite, "train"), *cases_of(suite, "held_out")]
    pairs: dict[tuple[str, tuple[str, ...]], Pair] = {}
    for pair in _all_pairs(cases):
        pairs.setdefault((pair.reply, pair.case.references), pair)
        if len(pairs) == PAIRS:
            break
    return list(pairs.values())


def _all_pairs(cases: Sequence[Case]) -> Iterator[Pair]:
    for distance in count():
        for place, case in enumerate(cases):
            others = cases[(place + (FAR + STEP * distance if distance else 0)) % len(cases)].references
            reply = others[distance % len(others)]
            references = tuple(text for text in case.references if text != reply)
            yield Pair(case.model_copy(update={"references": references}), reply)


def _one_after_another(ways: Sequence[Way]) -> Way:
    return lambda pairs: {name: values for way in ways for name, values in way(pairs).items()}


def _our_way(metrics: Sequence[Metric]) -> Way:
    """As a run measures: each reply by all metrics, then the corpus figures from the replies' statistics."""

    def measure(pairs: Sequence[Pair]) -> Values:
        values: dict[str, list[float]] = defaultdict(list)
        replies: list[tuple[str, dict[str, Measurement]]] = []
        for case, reply in pairs:
            measured = {found.measure: found for metric in metrics for found in metric.measure(case, reply)}
            replies.append((reply, {name: found for name, found in measured.items() if found.statistics}))
            for name, found in measured.items():
                assert found.value is not None
                values[name].append(found.value)
        for metric in metrics:
            if isinstance(metric, CorpusMetric):
                for name, value in metric.corpus_values(replies).items():
                    values[name].append(value)
        return values

    return measure


def _bleu_way() -> Way:
    from sacrebleu.metrics.bleu import BLEU  # noqa: PLC0415 - imported where it is used, as the others

    sentence, corpus = BLEU(effective_order=True), BLEU()

    def measure(pairs: Sequence[Pair]) -> Values:
        values = [sentence.sentence_score(reply, case.references).score for case, reply in pairs]
        return {"bleu": [*values, corpus.corpus_score([pair.reply for pair in pairs], _streams(pairs)).score]}

    return measure


def _chrf_way() -> Way:
    from sacrebleu.metrics.chrf import CHRF  # noqa: PLC0415

    chrf = CHRF()

    def measure(pairs: Sequence[Pair]) -> Values:
        values = [chrf.sentence_score(reply, case.references).score for case, reply in pairs]
        return {"chrf": [*values, chrf.corpus_score([pair.reply for pair in pairs], _streams(pairs)).score]}

    return measure


def _streams(pairs: Sequence[Pair]) -> list[list[Any]]:
    """The references as sacreBLEU takes them for a corpus: the first ones, the second ones, None where there is none."""
    return [[dict(enumerate(pair.case.references)).get(number) for pair in pairs] for number in range(MOST_REFERENCES)]


def _rouge_way() -> Way:
    from rouge_score.rouge_scorer import RougeScorer  # noqa: PLC0415

    names = ("rouge1", "rouge2", "rougeL")
    scorer = RougeScorer(names, use_stemmer=True)

    def measure(pairs: Sequence[Pair]) -> Values:
        scores = [scorer.score_multi(case.references, reply) for case, reply in pairs]
        return {name: [score[name].fmeasure for score in scores] for name in names}

    return measure


def _meteor_way() -> Way:
    from nltk.tokenize import word_tokenize  # noqa: PLC0415
    from nltk.translate.meteor_score import meteor_score  # noqa: PLC0415

    def tokens(text: str) -> list[str]:
        return list(word_tokenize(text, preserve_line=True))

    def measure(pairs: Sequence[Pair]) -> Values:
        return {"meteor": [meteor_score(list(map(tokens, case.references)), tokens(reply)) for case, reply in pairs]}

    return measure


def _largest_difference(theirs: Values, ours: Values) -> float:
    if {name: len(values) for name, values in theirs.items()} != {name: len(values) for name, values in ours.items()}:
        raise AssertionError("the two ways measured different things")
    return max(abs(one - other) for name in theirs for one, other in zip(theirs[name], ours[name], strict=True))


def _median_times(theirs: Way, ours: Way, pairs: Sequence[Pair]) -> tuple[Time, Time]:
    """Both ways' times, taken in turn."""
    rounds = [(_timed(theirs, pairs), _timed(ours, pairs)) for _ in range(ROUNDS)]
    first, second = (
        Time(statistics.median(t.wall for t in times), statistics.median(t.cpu for t in times))
        for times in zip(*rounds, strict=True)
    )
    return first, second


def _timed(way: Way, pairs: Sequence[Pair]) -> Time:
    began, cpu_began = time.perf_counter(), time.process_time()
    way(pairs)
    return Time(time.perf_counter() - began, time.process_time() - cpu_began)
