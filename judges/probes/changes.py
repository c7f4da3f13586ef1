"""What is changed between two verdicts on one reply: the reply's looks, the case, the rubric or the question. All are pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from judges.readouts.readout import Readout, SampledLabel
from judges.rubrics.question import Question
from judges.rubrics.rubric import Rubric
from suites.cases import Case

PADDING: Final[Mapping[str, str]] = {
    "en": (
        "I say this with all due care, and I am glad to have said it, since it is better to say a thing in full than by "
        "halves, and to take the time that saying it in full takes."
    ),
    "ru": (
        "Говорю это со всем вниманием и рад, что сказал, ведь куда лучше сказать целиком, чем наполовину, и не жалеть "
        "времени, которого это требует."
    ),
}
"""Words that say nothing, by primary language tag."""

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")


def padded(reply: str, language: str) -> str | None:
    """The reply with words after it that say nothing; None in a language that there are none in."""
    words = PADDING.get(language.split("-", maxsplit=1)[0])
    return f"{reply.rstrip()} {words}" if words else None


def in_markdown(reply: str) -> str:
    """The reply with its first sentence in bold and each further one as an entry of a list; no word is changed."""
    first, *others = _SENTENCE_END.split(reply.strip())
    return "\n".join((f"**{first}**", *(f"- {sentence}" for sentence in others)))


def with_emoji(reply: str) -> str:
    """The reply with a smiling face after each sentence."""
    return " ".join(f"{sentence} \N{SMILING FACE WITH SMILING EYES}" for sentence in _SENTENCE_END.split(reply.strip()))


def answers_turned(question: Question) -> Question:
    """The question with its answers, and what each means, listed from the last to the first."""
    words = dict(reversed(list(question.answers.words.items())))
    anchors = dict(reversed(list(question.anchors.items())))
    return replace(question, anchors=anchors, answers=replace(question.answers, words=words))


NOT_REPHRASED: Final = "the rubric brings no `rephrased` question in this language"


def can_be_rephrased(rubric: Rubric, cases: Iterable[Case]) -> bool:
    """Whether the rubric brings its question in other words in the languages of all these cases."""
    brought = {tag for tag, text in rubric.languages.items() if text.rephrased}
    return {rubric.language_for(case.language) for case in cases} <= brought


def rephrased(rubric: Rubric) -> Rubric:
    """The rubric with its question in other words, in the languages in which it brings some."""
    texts = {
        tag: text.model_copy(update={"question": text.rephrased[0]}) if text.rephrased else text
        for tag, text in rubric.languages.items()
    }
    return rubric.model_copy(update={"languages": texts})


def with_other_seeds(rubric: Rubric) -> Rubric:
    """The rubric asked again: where answers are drawn, with seeds that were not used before, else as it is."""
    return rubric.model_copy(update={"readout": _reseeded(rubric.readout)})


def _reseeded(readout: Readout) -> Readout:
    fallback = _reseeded(readout.fallback) if readout.fallback else None
    seed = {"seed": readout.seed + readout.samples} if isinstance(readout, SampledLabel) else {}
    return readout.model_copy(update={"fallback": fallback, **seed})


def without_references(rubric: Rubric) -> Rubric:
    """The rubric of a judge that is not shown the references, be it in the examples."""
    texts = {
        tag: text.model_copy(
            update={
                field: tuple(example.model_copy(update={"references": ()}) for example in getattr(text, field))
                for field in ("examples", "tests")
            }
        )
        for tag, text in rubric.languages.items()
    }
    kept = {
        field: tuple(part for part in getattr(rubric, field) if part != "references") for field in ("sees", "requires")
    }
    return rubric.model_copy(update={"languages": texts, **kept})


def with_reference_hidden(case: Case, reply: str) -> Case:
    """The case without `reply` among its references: to pass what is shown as good word for word takes no judgement."""
    others = tuple(reference for reference in case.references if reference.strip() != reply.strip())
    return case.model_copy(update={"references": others})


def with_wrong_references(cases: Sequence[Case]) -> list[Case | None]:
    """Each case with the references of the next one that is from another dialogue and has others; None if there is none."""
    return [_misled(case, [*cases[index + 1 :], *cases[:index]]) for index, case in enumerate(cases)]


def _misled(case: Case, others: Sequence[Case]) -> Case | None:
    wrong = next(
        (
            other.references
            for other in others
            if other.dialogue_id != case.dialogue_id
            and other.references
            and not set(other.references) & set(case.references)
        ),
        None,
    )
    return case.model_copy(update={"references": wrong}) if wrong and case.references else None
