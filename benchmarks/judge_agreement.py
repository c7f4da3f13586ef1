"""How far metrics and judges agree with people on four public sets of rated replies, and people among themselves.

Spearman's correlation with people's mean rating (for yes/no ratings also the ROC AUC), 95 % intervals by drawing whole
contexts. Lexical metrics but the number of words need references, which Topical-Chat alone has, and people can be held
against each other only where a reply has several ratings. Lexical metrics are over all replies that a model wrote; the judges
are asked about a fixed sample of each set: SmolLM2-135M zero-shot by every readout, and with the judge adapter of `examples/` by
label probabilities, which it was trained for. Of sets that are not there nothing is said.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from benchmarks.figures import Figure
from benchmarks.rated_replies import DATA, LEXICAL, SETS, RatedReply, RatedSet, rated_replies
from benchmarks.small_model import JUDGES, judge_engine
from harness.judging.judge_engine import serving_judge
from judges.judge_model import JudgeModel
from judges.loading import load_rubric
from judges.people.agreement import Figure as Agreement
from judges.people.agreement import require_calibration
from judges.people.judged_replies import JudgedReply, figures_among_people, figures_with_people, score_figures
from judges.people.label_line import LabelledReply, LabelLine, Rating
from judges.people.opinion import opinions_on
from judges.rubrics.rubric import Rubric
from suites.dialogue import Message

JUDGED = 64
"""Replies of each set that the judges are asked about; of yes/no ratings, half of each."""

TURNS = 6
"""Of each context, the last so many: all of a long dialogue says little more to a small judge."""

READOUTS: Mapping[str, Mapping[str, object]] = {
    "label probabilities": {"kind": "label_probabilities", "minimum_mass": 0},
    "sampled label": {"kind": "sampled_label"},
    "generated JSON": {"kind": "json", "max_tokens": 64},
    "free text": {"kind": "free_text", "max_tokens": 64},
}
TRAINED_READOUTS = ("label probabilities",)
ROLES = {"user": "user", "assistant": "assistant"}
"""Turns in other roles are calls of tools and their answers."""


def run() -> list[Figure]:
    """All figures of the sets whose data is there."""
    require_calibration()
    there = [(chosen, rated_replies(chosen)) for chosen in SETS if (DATA / chosen.file).is_file()]
    figures = [figure for chosen, replies in there for figure in without_a_model(chosen, replies)]
    return figures + asyncio.run(_judged(there))


def without_a_model(chosen: RatedSet, replies: Sequence[RatedReply]) -> Iterator[Figure]:
    """Lexical metrics, and the ceiling where replies have several ratings."""
    by_models = [reply for reply in replies if not reply.by_a_person]
    for name, metric in LEXICAL.items():
        if name == "n_words" or all(reply.reference for reply in by_models):
            scores = (metric(reply.reply, reply.reference or "") for reply in by_models)
            pairs = zip(by_models, scores, strict=True)
            rows = [JudgedReply(reply.context_id, score, reply.mean) for reply, score in pairs]
            yield _figure(chosen, name, score_figures(rows), len(rows))
    with tempfile.TemporaryDirectory() as folder:
        rubric = rubric_for(chosen, Path(folder))
    ceiling = figures_among_people([_labelled(reply, rubric) for reply in replies if reply.reply.strip()], rubric.scale)
    if ceiling:
        yield _figure(chosen, "people among themselves", ceiling, len(replies))


def rubric_for(chosen: RatedSet, folder: Path, readout: str = "label probabilities") -> Rubric:
    """A rubric on the set's own scale."""
    low, high = chosen.scale
    binary = chosen.scale == (0, 1)
    anchors = (
        {"pass": "it fits", "fail": "it does not fit"}
        if binary
        else {str(n): _anchor(n, chosen) for n in range(low, high + 1)}
    )
    text = {
        "name": "overall",
        "scale": {"kind": "binary"} if binary else {"kind": "ordinal", "lowest": low, "highest": high},
        "readout": dict(READOUTS[readout]),
        "languages": {
            "en": {"question": "How good is the reply as the next turn of this dialogue?", "anchors": anchors}
        },
    }
    file = folder / "overall.yaml"
    file.write_text(yaml.safe_dump(text), encoding="utf-8")
    return load_rubric(file)


def _anchor(point: int, chosen: RatedSet) -> str:
    low, high = chosen.scale
    return {low: "very bad", high: "very good"}.get(point, f"between, {point - low} above the worst")


async def _judged(there: Sequence[tuple[RatedSet, list[RatedReply]]]) -> list[Figure]:
    """Both judges, one after the other."""
    samples = [(chosen, sample_of(replies)) for chosen, replies in there]
    figures = []
    for judge, adapter in JUDGES.items():
        async with serving_judge(judge_engine(adapter)) as model:
            for chosen, sample in samples:
                for readout in READOUTS if adapter is None else TRAINED_READOUTS:
                    figures.append(await _judged_by(judge, model, chosen, sample, readout))
    return figures


def sample_of(replies: Sequence[RatedReply]) -> list[RatedReply]:
    """Some replies of a set that a model wrote; of yes/no ratings as many of each, since the rarer is what judges miss."""
    there = [reply for reply in replies if reply.reply.strip() and not reply.by_a_person]
    drawing = random.Random(0)
    if {rating for reply in there for rating in reply.ratings} != {0, 1}:
        return drawing.sample(there, JUDGED)
    sides = ([reply for reply in there if reply.ratings == (side,)] for side in (0, 1))
    return [reply for side in sides for reply in drawing.sample(side, JUDGED // 2)]


async def _judged_by(
    judge: str, model: JudgeModel, chosen: RatedSet, sample: Sequence[RatedReply], readout: str
) -> Figure:
    with tempfile.TemporaryDirectory() as folder:
        rubric = rubric_for(chosen, Path(folder), readout)
    labelled = [_labelled(reply, rubric) for reply in sample]
    opinions = await opinions_on(rubric, model, labelled)
    rows = [
        JudgedReply(each.case.dialogue_id, opinion.score, each.mean_score, opinion.label, each.ratings[0].label)
        for each, opinion in zip(labelled, opinions, strict=True)
        if opinion.score is not None
    ]
    found = figures_with_people(rows, rubric.scale)
    return _figure(chosen, f"{judge} by {readout}, {len(rows)} of {len(sample)} read", found, len(rows))


def _labelled(reply: RatedReply, rubric: Rubric) -> LabelledReply:
    turns = [Message(role=ROLES.get(turn["role"], "tool"), content=turn["content"]) for turn in reply.context[-TURNS:]]
    line = LabelLine(
        context=tuple(turns), reply=reply.reply, labels=tuple(map(float, reply.ratings)), dialogue_id=reply.context_id
    )
    binary = rubric.scale.kind == "binary"
    ratings = [Rating(float(n), ("fail", "pass")[n] if binary else str(n)) for n in reply.ratings]
    return LabelledReply(line, line.case(reply.context_id), ratings)


def _figure(chosen: RatedSet, who: str, found: Sequence[Agreement], replies: int) -> Figure:
    """The ROC AUC for yes/no ratings, else Spearman's rho, its interval in words."""
    wanted = "roc_auc" if any(figure.name == "roc_auc" for figure in found) else "spearman"
    figure = next(figure for figure in found if figure.name == wanted)
    interval = f" ({figure.interval.low:.2f} to {figure.interval.high:.2f})" if figure.interval else ""
    title = {"roc_auc": "ROC AUC", "spearman": "Spearman"}[wanted]
    value = float("nan") if figure.value is None else figure.value
    return Figure(f"{chosen.name}: {who}: {title}{interval}, n {replies}", value)
