"""The control candidates of a persona run, made from the candidates that imitate a person.

A fine-tune that is no better than the person's card in the generic model's prompt is not worth its training, and one that
does as well with another person's card owes its success to a longer prompt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.engines.engine import Candidate
from suites.userfile import InputError

PROMPT_ONLY = "{imitator}.prompt_only"
"""Name of the generic model with the person's card in its prompt."""
OTHER_CARD = "{imitator}.other_card"
"""Name of the imitator with another person's card in its prompt."""


def with_controls(candidates: Mapping[str, Candidate], generic: str, personas: Sequence[str]) -> dict[str, Candidate]:
    """The candidates, each imitator followed by its controls.

    Where several candidates imitate one person, the generic model with the card stands behind the first of them. In a suite
    with one persona there is no other card.

    Args:
        candidates: The spec's, by name.
        generic: Name of the candidate that the imitators are compared with.
        personas: Names of the suite's personas, in its order.

    Raises:
        InputError: A candidate has a control's name already.
    """
    found: dict[str, Candidate] = {}
    prompted: set[str] = set()
    for name, candidate in candidates.items():
        found[name] = candidate
        person = candidate.imitates
        if person is None or name == generic:
            continue
        if person not in prompted:
            prompted.add(person)
            card = {"persona": person, "imitates": person}
            _add(found, PROMPT_ONLY.format(imitator=name), candidates[generic].model_copy(update=card), candidates)
        if (other := _other(person, personas)) is not None:
            stranger = candidate.model_copy(update={"persona": other})
            _add(found, OTHER_CARD.format(imitator=name), stranger, candidates)
    return found


def _add(found: dict[str, Candidate], name: str, control: Candidate, candidates: Mapping[str, Candidate]) -> None:
    if name in candidates:
        raise InputError(
            "is the name of a control that `persona.controls` makes; choose another", field=("candidates", name)
        )
    found[name] = control


def _other(person: str, personas: Sequence[str]) -> str | None:
    """The persona that follows `person` in the suite, the first one after the last; None where there is no other."""
    if len(personas) < 2:
        return None
    return personas[(personas.index(person) + 1) % len(personas)]
