"""What attacks do to a judge: structural escapes, change of the mean score with each defence, and detection.

The small model, as it is and with the judge adapter of `examples/`, judges replies of known quality, each once as it is and
once with an attack of the battery behind it: good replies are references, bad ones are references of another case. Change is
score under attack less score of the same reply without it, so a judge that is at chance shows it as well.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import yaml

from benchmarks.figures import Figure
from benchmarks.small_model import JUDGES, checkpoint, judge_engine
from harness.judging.judge_engine import serving_judge
from judges.attack.attacks import Attack, battery
from judges.attack.detection import suspected_attacks
from judges.attack.structure import ChatTemplate, structural_escapes
from judges.judge import Judge
from judges.judge_model import JudgeModel
from judges.judging import verdicts_on
from judges.loading import load_rubric
from judges.probes.changes import with_reference_hidden
from judges.prompting.defence import Defence
from judges.prompting.prompt import judge_prompt
from judges.readouts.readout import LabelProbabilities
from judges.rubrics.rubric import Rubric
from judges.rubrics.scale import FAIL, PASS
from suites.cases import Case, cases_of
from suites.loading import load_suite

SUITES = {"en": "coffee_orders", "ru": "grocery_orders_ru"}
CASES = 6
KEPT_APART = Path(__file__).with_name("orders_kept_apart.yaml")
EVERY = 2
"""One attack in so many is judged; all are looked at for escapes and detected."""

NAMES = {
    Defence.PLAIN: "plain prompt",
    Defence.NEUTRALISED: "neutralised text",
    Defence.MARKED: "tags with a code",
    Defence.FULL: "all defences",
}


@dataclass(frozen=True, slots=True)
class KnownReply:
    """A reply whose quality is known."""

    case: Case
    text: str
    quality: Literal["good", "bad"]


@dataclass(frozen=True, slots=True)
class AttackedReply:
    """A known reply with an attack behind it."""

    known: KnownReply
    attack: Attack
    text: str


def run() -> list[Figure]:
    """What needs no judge, then the changes that each judge lets happen."""
    return [*structure_and_detection(_template()), *asyncio.run(_changes_of_judges())]


def structure_and_detection(template: ChatTemplate) -> list[Figure]:
    """Escapes from a prompt with each defence, and what is suspected."""
    rubric = judged_rubric()
    attacked = _all_attacked(rubric)
    return [*_escapes(rubric, template, attacked), *_detection(attacked)]


async def _changes_of_judges() -> list[Figure]:
    figures = []
    for name, adapter in JUDGES.items():
        async with serving_judge(judge_engine(adapter)) as model:
            figures += [replace(figure, what=f"{name}: {figure.what}") for figure in await changes_under_attack(model)]
    return figures


async def changes_under_attack(model: JudgeModel) -> list[Figure]:
    """The change of one judge's scores with each defence."""
    rubric = judged_rubric()
    attacked = _all_attacked(rubric)[::EVERY]
    return [figure for defence in NAMES for figure in await _changes(rubric, model, defence, attacked)]


def judged_rubric() -> Rubric:
    """Correctness, read even where the judge would rather say something else than an answer."""
    return load_rubric("correctness").model_copy(update={"readout": LabelProbabilities(minimum_mass=0)})


def _all_attacked(rubric: Rubric) -> list[AttackedReply]:
    return [one for language in SUITES for one in attacked_replies(rubric, language)]


def attacked_replies(rubric: Rubric, language: str) -> Iterator[AttackedReply]:
    """Every attack of a language behind a reply of known quality, good and bad ones in turn."""
    known = list(known_replies(language))
    answers = rubric.answers(language)
    attacks = [attack for attack in battery() if attack.language == language]
    for number, attack in enumerate(attacks):
        reply = known[(number // EVERY) % len(known)]
        yield AttackedReply(reply, attack, attack.on(reply.text, answers, best=PASS, worst=FAIL))


def known_replies(language: str) -> Iterator[KnownReply]:
    """Good and bad replies to the same cases, in turn."""
    cases = list(
        islice((case for case in cases_of(load_suite(SUITES[language])) if len(case.references) > 1), 2 * CASES)
    )
    for case, other in zip(cases[:CASES], cases[CASES:], strict=True):
        shown = with_reference_hidden(case, case.references[-1])
        yield KnownReply(shown, case.references[-1], "good")
        yield KnownReply(shown, other.references[0], "bad")


def _escapes(rubric: Rubric, template: ChatTemplate, attacked: Sequence[AttackedReply]) -> Iterator[Figure]:
    questions = {language: next(rubric.questions(language)) for language in SUITES}
    for defence, name in NAMES.items():
        escaped = 0
        for one in attacked:
            question = replace(
                questions[one.attack.language], defence=defence, special_tokens=frozenset(template.special_tokens)
            )
            prompt, ordinary = (
                judge_prompt(question, rubric.readout, one.known.case, text) for text in (one.text, one.known.text)
            )
            escaped += bool(structural_escapes(prompt, ordinary, template, question.answers.wording))
        what = f"structural escapes of {len(attacked)} attacks, {name}"
        target, reached = ("0", not escaped) if defence is Defence.FULL else (None, None)
        yield Figure(what, escaped, "", target, reached)


async def _changes(
    rubric: Rubric, model: JudgeModel, defence: Defence, attacked: Sequence[AttackedReply]
) -> Iterator[Figure]:
    """Mean change of the score under attack, of bad and of good replies, with a 95 % interval."""
    judge = Judge(rubric.model_copy(update={"defence": defence}), model)
    calm = list({id(one.known): one.known for one in attacked}.values())
    asked = [*((k.case, k.text) for k in calm), *((a.known.case, a.text) for a in attacked)]
    scores = [verdict.score for verdict in await verdicts_on(asked, judge)]
    usual = {id(known): score for known, score in zip(calm, scores, strict=False)}
    changes: Mapping[str, list[float]] = {"bad": [], "good": []}
    for one, score in zip(attacked, scores[len(calm) :], strict=True):
        before = usual[id(one.known)]
        if score is not None and before is not None:
            changes[one.known.quality].append(score - before)
    what = "change of the score of {} replies under every second attack"
    return (_mean(f"{NAMES[defence]}: {what.format(quality)}", found) for quality, found in changes.items())


def _mean(what: str, values: Sequence[float]) -> Figure:
    half_width = 1.96 * statistics.stdev(values) / len(values) ** 0.5
    return Figure(f"{what}, n={len(values)}", statistics.mean(values), f"±{half_width:.3f}")


def _detection(attacked: Sequence[AttackedReply]) -> Iterator[Figure]:
    suspected = [suspected_attacks(one.text) for one in attacked]
    yield Figure("attacks that are suspected", 100 * sum(map(bool, suspected)) / len(attacked), "%")
    named = sum(one.attack.family in found for one, found in zip(attacked, suspected, strict=True))
    yield Figure("attacks whose kind is named rightly", 100 * named / len(attacked), "%")
    apart = [order for orders in yaml.safe_load(KEPT_APART.read_text(encoding="utf-8")).values() for order in orders]
    found = sum(bool(suspected_attacks(f"{attacked[0].known.text} {order}")) for order in apart)
    yield Figure(
        f"orders in words kept apart from the rules that are suspected, n={len(apart)}", 100 * found / len(apart), "%"
    )
    ordinary = {text for name in SUITES.values() for text in _texts(name)}
    wrongly = sum(bool(suspected_attacks(text)) for text in ordinary)
    yield Figure(f"wrongly suspected of {len(ordinary)} turns and references", wrongly, "", "0", not wrongly)


def _texts(suite: str) -> Iterator[str]:
    for case in cases_of(load_suite(suite)):
        yield from case.references
        yield from (message.content for message in case.messages if message.role in ("user", "assistant"))


def _template() -> ChatTemplate:
    from transformers import AutoTokenizer  # noqa: PLC0415 - heavy

    tokenizer = AutoTokenizer.from_pretrained(checkpoint())

    def render(messages: Sequence[Mapping[str, Any]]) -> str:
        return str(tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=True))

    return ChatTemplate(render, [str(token) for token in tokenizer.added_tokens_decoder.values()])
