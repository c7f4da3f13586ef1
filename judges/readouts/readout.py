"""How a verdict is got out of a judge model: by the probabilities of the answers, by answers that are drawn, out of free
text, or out of JSON.

Each readout says how the judge is told to answer, how a given answer looks, and reads the answer. What cannot be read
is `unparsed`; it is never asked for again, and another readout is tried only where the rubric names it as `fallback`.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from judges.judge_model import JudgeModel, UnservedReadoutError
from judges.prompting.substitution import substitute
from judges.readouts.answers import Answers
from judges.readouts.reading import Reading, without_verdict
from judges.rubrics.question import Question
from judges.structured_output import JsonOutput
from judges.verdict import Samples
from suites.dialogue import UserWritten

Messages = Sequence[Mapping[str, Any]]


class _Readout(UserWritten):
    """What all readouts have."""

    temperature: ClassVar[float]
    """0 takes the likeliest answer."""

    fallback: Readout | None = None
    """Read in this way what cannot be read in that one."""


class _OneWord(_Readout):
    """What readouts have whose judge answers with one of the scale's words and nothing else."""

    def instruction(self, question: Question) -> str:
        """How the judge is told to answer."""
        values = {"answers": question.answers.listed()}
        return substitute(question.instruction or question.answers.wording.one_word, values)

    def answer(self, question: Question, label: str, reason: str | None) -> str:
        """An answer as the judge should give it, for examples: the word alone, whatever the reason."""
        return question.answers.word_for(label)


class FreeText(_Readout):
    """The judge reasons, then gives its verdict; the last verdict in the text counts."""

    temperature = 0.0

    kind: Literal["free_text"]
    max_tokens: Annotated[int, Field(ge=1)] = 128

    def instruction(self, question: Question) -> str:
        """How the judge is told to answer."""
        wording = question.answers.wording
        values = {"answers": question.answers.listed(), "verdict": wording.verdict}
        return substitute(question.instruction or wording.free_text, values)

    def answer(self, question: Question, label: str, reason: str | None) -> str:
        """An answer as the judge should give it, for examples."""
        verdict = f"{question.answers.wording.verdict}: {question.answers.word_for(label)}"
        return f"{reason}\n{verdict}" if reason else verdict

    async def read(self, model: JudgeModel, messages: Messages, question: Question) -> Reading:
        """Let the model answer and find its verdict.

        Raises:
            JudgeModelError: The model did not answer.
        """
        text = (await model.complete(messages, max_tokens=self.max_tokens)).strip()
        label = question.answers.label_in(text)
        if label is None:
            return without_verdict(text)
        return Reading("ok", label, weights={label: 1.0}, reason=text)


class JsonObject(_Readout):
    """The judge answers with a JSON object, its reason before its verdict; the engine holds it to that form."""

    temperature = 0.0

    kind: Literal["json"]
    max_tokens: Annotated[int, Field(ge=16)] = 96
    """An answer that is not finished by then is `unparsed`."""
    max_reason: Annotated[int, Field(ge=1, le=10_000)] = 160
    """Letters that the reason may have; there the judge has to come to its verdict."""

    def instruction(self, question: Question) -> str:
        """How the judge is told to answer."""
        values = {"answers": question.answers.listed()}
        return substitute(question.instruction or question.answers.wording.json_object, values)

    def answer(self, question: Question, label: str, reason: str | None) -> str:
        """An answer as the judge should give it, for examples; the anchor is the reason where there is no other."""
        word = question.answers.word_for(label)
        verdict = word if question.answers.words else _number(word)
        return json.dumps({"reason": reason or question.anchors.get(word, ""), "verdict": verdict}, ensure_ascii=False)

    def structure(self, question: Question) -> JsonOutput:
        """The form of the answer. Properties come in the order in which they stand here."""
        lowest, highest = question.answers.bounds
        words = list(question.answers.words.values())
        verdict = {"enum": words} if words else {"type": "number", "minimum": lowest, "maximum": highest}
        return JsonOutput(
            {
                "type": "object",
                "properties": {"reason": {"type": "string", "maxLength": self.max_reason}, "verdict": verdict},
                "required": ["reason", "verdict"],
                "additionalProperties": False,
            }
        )

    async def read(self, model: JudgeModel, messages: Messages, question: Question) -> Reading:
        """Let the model answer in JSON and take its verdict.

        Raises:
            JudgeModelError: The model cannot be held to JSON, or did not answer.
        """
        structure = self.structure(question)
        text = (await model.complete(messages, max_tokens=self.max_tokens, structure=structure)).strip()
        try:
            given = _ReasonedVerdict.model_validate_json(text)
        except ValidationError:
            return without_verdict(text)
        label = question.answers.label_of(str(given.verdict))
        if label is None:
            return without_verdict(text)
        return Reading("ok", label, weights={label: 1.0}, reason=given.reason.strip() or None)


def _number(label: str) -> int | float:
    number = float(label)
    return int(number) if number.is_integer() else number


class _ReasonedVerdict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    reason: str
    verdict: str | int | float


class LabelProbabilities(_OneWord):
    """The probabilities of the answers as the first token of the judge's reply: one prefill, nothing generated."""

    temperature = 0.0

    kind: Literal["label_probabilities"] = "label_probabilities"
    minimum_mass: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Below this probability of all answers together the verdict is `unparsed`: the judge would say something else."""
    score: Literal["expected", "likeliest"] = "expected"
    """`expected`: the mean of the labels' scores, weighted by probability. `likeliest`: the likeliest label's."""

    async def read(self, model: JudgeModel, messages: Messages, question: Question) -> Reading:
        """Ask for the probabilities of all answers and make them sum to 1.

        Raises:
            JudgeModelError: The model gives no log-probabilities, or did not answer.
        """
        masses = await _masses(model, messages, question.answers)
        untold = [word for label, word in question.answers.words.items() if label not in masses]
        if untold:
            return Reading("error", reason=_SAME_TOKEN.format(", ".join(map(repr, untold))))
        mass = sum(masses.values())
        if math.isnan(mass):
            return Reading("error", reason="the judge model gave a log-probability that is not a number")
        if mass < self.minimum_mass or mass == 0:
            reason = (
                f"the answers {question.answers.listed()} hold {mass:.3g} of the probability, "
                f"less than minimum_mass {self.minimum_mass:g}"
            )
            return Reading("unparsed", label_mass=mass, reason=reason)
        probabilities = {label: share / mass for label, share in masses.items()}
        likeliest = max(probabilities, key=lambda label: probabilities[label])
        weights = probabilities if self.score == "expected" else {likeliest: 1.0}
        return Reading("ok", likeliest, weights, probabilities, label_mass=mass)


class SampledLabel(_OneWord):
    """Several answers are drawn; the label that most of them give counts, and how many agree with it is reported."""

    kind: Literal["sampled_label"]
    samples: Annotated[int, Field(ge=2, le=100)] = 5
    """How many answers are drawn. Those that cannot be read are counted and not drawn again."""
    temperature: Annotated[float, Field(gt=0, le=10)] = 1.0  # type: ignore[misc]  # a field here, fixed elsewhere
    seed: Annotated[int, Field(ge=0)] = 0
    """Of the first answer; each further one has the next."""
    max_tokens: Annotated[int, Field(ge=1)] = 8
    minimum_read: Annotated[float, Field(gt=0, le=1)] = 0.5
    """If a smaller share of the answers can be read, the verdict is `unparsed`."""
    score: Literal["expected", "likeliest"] = "expected"
    """`expected`: the mean score of the answers that can be read. `likeliest`: the score of the label that most give."""

    async def read(self, model: JudgeModel, messages: Messages, question: Question) -> Reading:
        """Draw the answers and take the label that most of them give; of equals, the one that was drawn first.

        Raises:
            JudgeModelError: The model did not answer.
        """
        seeds = range(self.seed, self.seed + self.samples)
        drawn = (
            model.complete(messages, max_tokens=self.max_tokens, temperature=self.temperature, seed=seed)
            for seed in seeds
        )
        texts = [text.strip() for text in await asyncio.gather(*drawn)]
        labels = [label for text in texts if (label := question.answers.label_at_start(text)) is not None]
        unread = [text for text in texts if question.answers.label_at_start(text) is None]
        counts = Counter(labels)
        agreeing = max(counts.values(), default=0)
        samples = Samples(drawn=len(texts), unparsed=len(unread), agreement=agreeing / len(texts))
        if not labels or len(labels) < self.minimum_read * len(texts):
            first = without_verdict(unread[0])
            reason = f"{len(unread)} of {len(texts)} answers cannot be read; the first: {first.reason}"
            declined = all(without_verdict(text).status == "refused" for text in unread)
            return Reading("refused" if declined else "unparsed", samples=samples, reason=reason)
        likeliest = max(counts, key=lambda label: counts[label])
        shares = {label: count / len(labels) for label, count in counts.items()}
        weights = shares if self.score == "expected" else {likeliest: 1.0}
        return Reading("ok", likeliest, weights, shares, samples=samples)


Readout = Annotated[LabelProbabilities | SampledLabel | FreeText | JsonObject, Field(discriminator="kind")]

for _kind in (LabelProbabilities, SampledLabel, FreeText, JsonObject):
    _kind.model_rebuild()  # each may fall back on any other


def in_turn(readout: Readout) -> Iterator[Readout]:
    """A readout, its fallback, the fallback's fallback."""
    step: Readout | None = readout
    while step is not None:
        yield step
        step = step.fallback


_SAME_TOKEN = (
    "the answers {} begin with the same token as others for this model; give `answers` that begin with different Latin "
    "letters or digits, or set the readout to sampled_label, free_text or json"
)


async def _masses(model: JudgeModel, messages: Messages, answers: Answers) -> dict[str, float]:
    """The probability of each label, summed over the variants of its answer; without the labels that cannot be told.

    Answers begin with different letters (`judges.rubrics.rubric_faults` sees to it), so no token can begin two of them, unless
    a tokenizer cuts letters beyond ASCII into bytes. A byte that two labels share shows as exactly equal
    log-probabilities. It does not tell which label it begins, so it counts for neither. A model that refuses to tell answers
    with a common token is asked for the answers as they are written, without their other case.
    """
    variants = [(label, variant) for label in answers.words for variant in answers.variants(label)]
    try:
        logprobs = await model.label_logprobs(messages, [variant for _, variant in variants])
    except UnservedReadoutError:  # the answers as they are written may be told apart all the same
        variants = list(answers.words.items())
        logprobs = await model.label_logprobs(messages, [word for _, word in variants])
    told = [(label, logprob) for (label, variant), logprob in zip(variants, logprobs, strict=True) if variant.isascii()]
    cut = [
        (label, logprob) for (label, variant), logprob in zip(variants, logprobs, strict=True) if not variant.isascii()
    ]
    for label, logprob in cut:
        others = (other for other_label, other in cut if other_label != label)
        if logprob == -math.inf or logprob not in others:
            told.append((label, logprob))
    masses: dict[str, float] = {}
    for label, logprob in told:
        masses[label] = masses.get(label, 0.0) + math.exp(logprob)
    return masses
