"""Three invented persons with manners of their own, as a suite, and replies that imitate them. Holds no tests."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from made_suites import dialogue, make_suite, turn

from suites.loading import Suite

THINGS = ("latte", "mocha", "tea", "espresso", "bagel", "croissant", "muffin", "americano", "flat white", "sandwich")

MANNERS = {
    "june": (
        "Aye aye, skipper! One {thing} coming up. Anything from the galley?",
        "Ahoy, skipper! Hot or iced, that {thing}?",
        "Steady now, skipper: one {thing}. Small or large?",
        "Aye! A {thing} for the crew. That all?",
    ),
    "bo": (
        "hmm ok, a {thing} then :) would you like something with it?",
        "sure thing... {thing}. i'm on it :) what size?",
        "a {thing}? lovely :) to stay or to go?",
        "ok ok, noted, one {thing}. anything else, dear?",
    ),
    "vera": (
        "Certainly. I will prepare one {thing}. Do you require anything else?",
        "Of course. Which size would you prefer for the {thing}?",
        "I have noted one {thing}. It will be ready shortly.",
        "Thank you. The {thing} is available hot or iced.",
    ),
}


class Scribe:
    """Writes in the manners of the three, the same every time."""

    def __init__(self, seed: int = 1, *, expects: bool = True, target_role: str = "assistant") -> None:
        self._random = random.Random(seed)
        self._roles = ("user", "assistant") if target_role == "assistant" else ("assistant", "user")
        self._target = {"expectation": {"act": "clarify"}} if expects else {}

    def reply(self, person: str) -> str:
        thing, number = self._random.choice(THINGS), self._random.randint(1, 9999)
        return f"{self._random.choice(MANNERS[person]).format(thing=thing)} ({number})"

    def dialogue(self, name: str, person: str, turns: int | None = None) -> dict[str, Any]:
        messages = []
        for _ in range(turns or self._random.randint(1, 4)):
            messages += [
                turn(self._roles[0], f"A {self._random.choice(THINGS)}, please."),
                turn(self._roles[1], self.reply(person), target=self._target),
            ]
        return dialogue(name, *messages, persona=person)


def persona_suite(
    folder: Path,
    dialogues: Mapping[str, tuple[int, int]] | None = None,
    *,
    expects: bool = True,
    bears_cards: bool = False,
    **header: Any,
) -> Suite:
    """A suite of the three persons; of each so many training and held-out dialogues (25 and 10 if not given).

    Without `expects` nothing is expected of the replies, as in imported suites. With `bears_cards` each dialogue bears its
    person's card, the header none, and the persons are called by the names on their cards.
    """
    scribe = Scribe(expects=expects, target_role=header.get("target_role", "assistant"))
    wanted = dialogues or dict.fromkeys(MANNERS, (25, 10))
    halves = [
        [
            scribe.dialogue(f"{half}-{person}-{number}", person)
            for person, sizes in wanted.items()
            for number in range(sizes[place])
        ]
        for place, half in enumerate(("train", "held_out"))
    ]
    cards = {person: {"name": person.title(), "description": f"{person.title()}, a barista."} for person in wanted}
    folder.mkdir(parents=True, exist_ok=True)
    if not bears_cards:
        return make_suite(folder, halves[1], halves[0], personas=cards, **header)
    train, held_out = ([one | {"persona": cards[one["persona"]]} for one in half] for half in halves)
    return make_suite(folder, held_out, train, **header)


def write_replies(folder: Path, imitated: Mapping[str, str]) -> Path:
    """Recorded replies of candidates, each in the manner of one person, to the held-out half of a suite in `folder`."""
    scribe = Scribe(seed=2)
    lines = []
    for line in (folder / "held_out.jsonl").read_text(encoding="utf-8").splitlines():
        held_out = json.loads(line)
        for place, message in enumerate(held_out["messages"]):
            if "target" in message:
                for candidate, person in imitated.items():
                    reply = {
                        "case_id": f"{held_out['id']}#{place}",
                        "candidate": candidate,
                        "reply": scribe.reply(person),
                    }
                    lines.append(json.dumps(reply))
    file = folder / "replies.jsonl"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file
