"""Who is who in a persona run: imitators and their controls, told by the candidates' settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from reports.persona.findings import Imitator
from reports.records import Manifest

OWN_TEMPLATE: Final = "{candidate} (own chat template)"
"""Stands for an imitator that scores training replies with the chat template that lies beside its adapter, where it is asked
with another one. No candidate can be called so, for their names hold no spaces."""

_WEIGHTS = ("adapter", "model", "merge", "replies")


def imitators_of(manifest: Manifest) -> tuple[Imitator, ...]:
    """The candidates of a run that imitate a person and are no control, in the manifest's order."""
    return imitators_among({name: _settings(manifest, name) for name in manifest.candidates}, manifest.baseline)


def imitators_among(settings: Mapping[str, Mapping[str, Any]], baseline: str) -> tuple[Imitator, ...]:
    """The candidates that imitate a person and are no control, in the order of `settings`.

    A control is the baseline with the card of the person it imitates, or a candidate with another person's card than that of
    the person it imitates, be it made by `persona.controls` or written by hand.

    Args:
        settings: What each candidate is, as the spec has it.
        baseline: Name of the generic model.
    """
    generic = settings[baseline]
    prompt_only: dict[str, str] = {}
    other_card: dict[tuple[str, str], str] = {}
    imitators = []
    for name, own in settings.items():
        person, card = own.get("imitates"), own.get("persona")
        if person is None or name == baseline:
            continue
        if card == person and _weights(own) == _weights(generic):
            prompt_only.setdefault(person, name)
        elif card is not None and card != person:
            other_card.setdefault((person, _weights(own)), name)
        else:
            imitators.append((name, person, _weights(own)))
    return tuple(
        Imitator(
            candidate=name,
            person=person,
            prompt_only=prompt_only.get(person),
            other_card=other_card.get((person, weights)),
        )
        for name, person, weights in imitators
    )


def _settings(manifest: Manifest, name: str) -> dict[str, Any]:
    settings = manifest.candidates[name].get("settings", {})
    return settings if isinstance(settings, dict) else {}


def _weights(settings: Mapping[str, Any]) -> str:
    """What replies are made with, prompt aside."""
    return repr([settings.get(field) for field in _WEIGHTS])
