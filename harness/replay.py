"""What is asked of the candidates: one work item a case, candidate and seed, and the prompt that each candidate sees."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.engines.engine import Candidate, Request, Sampling
from harness.records import Slot
from suites.cases import Case
from suites.dialogue import Persona

_PERSONA_PHRASES = {
    "en": ("You are {name}. {description}", "Facts:", "Manner:", "{name} talks like this:"),
    "ru": ("Тебя зовут {name}. {description}", "Факты:", "Манера:", "{name} говорит так:"),
}


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One reply to be had."""

    case: Case
    request: Request

    @property
    def slot(self) -> Slot:
        """Its place in the run."""
        return Slot(self.request.case_id, self.request.candidate, self.request.seed)


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """Who replays, how, and with which seeds."""

    candidates: Mapping[str, Candidate]
    sampling: Sampling
    seeds: Sequence[int]
    personas: Mapping[str, Persona]

    def work_items(self, cases: Iterable[Case], names: Collection[str]) -> Iterator[WorkItem]:
        """Every reply of the candidates in `names`.

        The turns of one dialogue stand together, and so do all candidates of one case, so that prefix caching hits.
        """
        candidates = {name: candidate for name, candidate in self.candidates.items() if name in names}
        for case in cases:
            for seed in self.seeds:
                for name, candidate in candidates.items():
                    yield WorkItem(case, self._request(case, name, candidate, seed))

    def _request(self, case: Case, name: str, candidate: Candidate, seed: int) -> Request:
        persona = self.personas[candidate.persona] if candidate.persona else None
        return Request(
            case_id=case.id,
            candidate=name,
            messages=prompt_messages(case, candidate.system, persona),
            tools=case.tools,
            sampling=candidate.sampling or self.sampling,
            seed=seed,
        )


def prompt_messages(case: Case, system: str | None, persona: Persona | None) -> list[dict[str, Any]]:
    """The case's context as a candidate sees it.

    Args:
        case: Gives the context.
        system: Takes the place of the suite's system prompt, if given; the dialogue's facts stay below it.
        persona: Its card is appended to the system prompt, if given.
    """
    messages = case.messages_for_model()
    own = messages.pop(0)["content"] if messages and messages[0]["role"] == "system" else ""
    if system is not None:
        own = "\n".join((system, *case.facts))
    prompt = "\n\n".join(filter(None, (own, persona_card(persona, case.language) if persona else "")))
    return [{"role": "system", "content": prompt}, *messages] if prompt else messages


def persona_card(persona: Persona, language: str) -> str:
    """A persona as text for a system prompt."""
    opening, facts, manner, samples = _PERSONA_PHRASES["ru" if language.startswith("ru") else "en"]
    parts = [opening.format(name=persona.name, description=persona.description)]
    for title, entries in ((facts, persona.facts), (manner, persona.manner), (samples, persona.samples)):
        if entries:
            parts += [title.format(name=persona.name), *(f"- {entry}" for entry in entries)]
    return "\n".join(parts)
