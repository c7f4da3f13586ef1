"""The fixed texts that adapters are proven on: short chats, each with a reply whose log-probabilities are asked for.

They are plain on purpose: no system prompt and roles that take turns, which every chat template can render. An adapter
changes a model's weights everywhere, so it shows on texts that it was never trained for. Changing a text changes the key of
every stored reference (`harness.engines.peft_reference`), and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.engines.engine import ChatMessages


@dataclass(frozen=True, slots=True)
class ProofPrompt:
    """A context and the reply that is scored after it."""

    messages: ChatMessages
    reply: str


def _chat(*turns: str) -> ProofPrompt:
    """A chat of turns that begin with the user's; the last one is the reply."""
    messages = [{"role": ("user", "assistant")[index % 2], "content": turn} for index, turn in enumerate(turns[:-1])]
    return ProofPrompt(messages, turns[-1])


PROOF_PROMPTS: Sequence[ProofPrompt] = (
    _chat("I would like two coffees, please.", "Of course. Would you like milk or sugar with them?"),
    _chat(
        "Hello! Are you open on Sundays?",
        "Yes, from nine to five.",
        "Then please book a table for four.",
        "Gladly. What time should I write down, and under which name?",
    ),
    _chat(
        "Why is the sky blue?",
        "Because the air scatters blue light more than red light, so it reaches us from everywhere.",
    ),
    _chat("Здравствуйте! Сколько стоит доставка?", "Доставка бесплатная. Куда привезти ваш заказ?"),
    _chat(
        "Привет, как дела?",
        "Хорошо, спасибо!",
        "Посоветуй фильм на вечер.",
        "Какие фильмы ты любишь: смешные или грустные?",
    ),
)
