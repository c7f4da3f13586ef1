"""A run folder that looks like a real one: coffee orders, three candidates, sixteen measures, with faults of all kinds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from report_run_folder import case, manifest, measure, reply, result, write_run

CANDIDATES = ("base", "order_taker", "june")
SKILL = {"base": 0.55, "order_taker": 0.86, "june": 0.72}
JUDGE = "judge:SmolLM2-135M-Instruct@9f31|rubric:{}@v1:77ac|readout:logprob|temp:0|swap:no|v:0.1.0"

SYSTEM = (
    "You are the barista at Harbour Coffee. Reply in one or two short sentences. Ask for what is missing from an "
    "order, notice what was forgotten, and repeat the items and quantities before you close an order."
)

REFERENCE = {
    "bleu": ("BLEU", "Overlap of word sequences with the references, by sacreBLEU."),
    "chrf": ("chrF", "Overlap of character sequences with the references."),
    "rouge1": ("ROUGE-1", "Overlap of words with the references."),
    "rouge2": ("ROUGE-2", "Overlap of pairs of words with the references."),
    "rougeL": ("ROUGE-L", "Longest common run of words with the references."),
    "meteor": ("METEOR", "Overlap of words, stems and synonyms with the references."),
}
CHECKS = {
    "check.mentions": ("must_mention", "Share of what must be mentioned that is mentioned.", "1 of 2 is not mentioned"),
    "check.avoids": ("must_not_mention", "Whether nothing is mentioned that must not be.", "mentions what it must not"),
    "check.order": ("order", "Share of order lines named with the right quantity.", "1 × croissant is not named"),
    "check.asks_missing": (
        "missing",
        "Whether a question asks for what is still missing.",
        "asks for none of: size, milk",
    ),
    "check.no_amnesia": ("said_already", "Whether nothing is asked that was said already.", "asks for the size again"),
}
JUDGED = {
    "correctness": "Is what the reply says right, given the order so far and the menu?",
    "appropriateness": "Does the reply fit the moment of the conversation and the customer's tone?",
    "leads_dialogue": "Does the reply take the conversation a step forward?",
    "style": "Does the reply sound like a short, friendly barista?",
}
LEVELS = {1: "wrong", 2: "poor", 3: "fair", 4: "good", 5: "excellent"}


def _title(name: str) -> str:
    return name.removeprefix("check.").replace("_", " ").capitalize()


MEASURES = [
    *(
        measure(
            name,
            title=title,
            kind="reference",
            description=description,
            scale=[0, 100] if name in ("bleu", "chrf") else [0, 1],
            signature=f"{name}|nrefs:var|case:mixed|v:2.5.1",
            corpus={"bleu": {"base": 11.3, "order_taker": 27.9, "june": 19.4}}.get(name, {}),
        )
        for name, (title, description) in REFERENCE.items()
    ),
    measure("act", title="Act", kind="act", description="Whether the reply does the dialogue act that is due."),
    *(measure(n, title=_title(n), kind="check", description=description) for n, (_, description, _) in CHECKS.items()),
    *(
        measure(name, title=_title(name), scale=[1, 5], description=description, signature=JUDGE.format(name))
        for name, description in JUDGED.items()
    ),
]

GATE = [
    {"measure": "correctness", "against": "base", "margin": 0.1},
    {"measure": "style", "against": "base", "margin": 0.1},
    {"measure": "check.order", "at_least": 0.9},
    {"measure": "judge.coverage", "at_least": 0.95},
]

DRINKS = ["latte", "cappuccino", "flat white", "mocha", "americano", "hot chocolate"]
FOODS = ["croissant", "blueberry muffin", "cheese bagel", "ham sandwich"]
OPENINGS = [
    ("missing_information", "hi, can i get a {drink} please"),
    ("changed_mind", "Morning! I'd love a {drink}."),
    ("small_talk", "One {drink}, and what a day!"),
    ("sold_out", "a {drink} for me, and something sweet"),
]

# Of each act: the good reply of each candidate, and what it says and does when it fails.
REPLIES: dict[str, dict[str, tuple[str, str, str]]] = {
    "clarify": {
        "base": ("Sure. What size {drink} would you like?", "Great, one {drink} coming right up!", "confirm"),
        "order_taker": (
            "One {drink}. Which size, and which milk?",
            "A {drink} is made with espresso and steamed milk.",
            "inform",
        ),
        "june": (
            "Ahoy, skipper! That {drink}: small, medium or large?",
            "Aye aye, skipper! A fine morning on deck, is it not?",
            "chat",
        ),
    },
    "confirm": {
        "base": ("Okay, {order}.", "What size would you like for your {drink}?", "clarify"),
        "order_taker": ("That is {order}. Anything else?", "That is one {drink}. Anything else?", "confirm"),
        "june": ("Aye aye, skipper: {order}. Shall we cast off?", "Our galley bakes every morning, skipper.", "inform"),
    },
    "refuse": {
        "base": ("Sorry, we do not offer delivery.", "Yes, we can deliver! What is your address?", "confirm"),
        "order_taker": ("We don't deliver, sorry. Two minutes.", "That is {order}. Anything else?", "confirm"),
        "june": ("No deliveries from this deck, skipper.", "Ha, skipper! I have not left port in years.", "chat"),
    },
}


@dataclass(frozen=True)
class _Case:
    row: dict[str, Any]
    facts: dict[str, str]
    """What the replies' places are filled with."""

    @property
    def act(self) -> str:
        return str(self.row["act"])


def coffee_run(folder: Path, dialogues: int = 60, *, language: str = "en", gate: Any = GATE, **changes: Any) -> Path:
    """Write the run; fields of the manifest can be changed."""
    generator = np.random.default_rng(7)
    cases = [one for number in range(dialogues) for one in _dialogue(number, generator)]
    results: list[dict[str, Any]] = []
    replies: list[dict[str, Any]] = []
    for one in cases:
        ease = generator.normal(0, 0.12)
        for name in CANDIDATES:
            good = bool(generator.random() < SKILL[name] + ease)
            right, wrong, done_wrongly = REPLIES[one.act][name]
            text = (right if good else wrong).format(**one.facts)
            failed = generator.random() < 0.004
            replies.append(_reply(one.row["case_id"], name, None if failed else text, generator))
            done = one.act if good else done_wrongly
            results += _measurements(one, name, None if failed else good, done, generator)
    data = manifest(CANDIDATES, **{"spec": {"suite": "coffee_orders", "gate": gate}, **changes})
    data["suite"]["language"] = language
    data["candidates"]["june"] = {"settings": {"adapter": "adapters/june", "persona": "june"}}
    rows = [one.row for one in cases]
    return write_run(folder, measures=MEASURES, cases=rows, results=results, replies=replies, manifest_data=data)


def _reply(case_id: str, name: str, text: str | None, generator: np.random.Generator) -> dict[str, Any]:
    words = len((text or "").split())
    return reply(case_id, name, text, completion_tokens=words + 3, latency_s=float(generator.gamma(4, 0.12)))


def _dialogue(number: int, generator: np.random.Generator) -> Iterator[_Case]:
    drink, food = DRINKS[generator.integers(len(DRINKS))], FOODS[generator.integers(len(FOODS))]
    size, milk = ["small", "medium", "large"][number % 3], ["whole", "oat", "soy"][generator.integers(3)]
    count = int(generator.integers(1, 4))
    foods = f"{count} {food}{'s' if count > 1 else ''}"
    facts = {"drink": drink, "order": f"one {size} {drink} with {milk} milk and {foods}"}
    tag, opening = OPENINGS[number % len(OPENINGS)]
    turns = [
        ("clarify", [tag], opening, {"missing": [["size", "how big"], ["milk"]], "must_not_mention": ["beer"]}),
        (
            "confirm",
            [tag, "complete_order"],
            f"{size}, {milk} milk. And {foods}.",
            {
                "must_mention": [size, [milk, f"{milk} milk"]],
                "order": [{"item": drink, "quantity": 1}, {"item": food, "quantity": count}],
                "said_already": [["size", "how big"]],
            },
        ),
        ("refuse", [tag, "out_of_scope"], "yes. do you also deliver?", {"must_not_mention": ["your address"]}),
    ]
    said: list[dict[str, str]] = [{"role": "system", "content": SYSTEM}]
    for position, (act, tags, request, expectation) in enumerate(turns[: 3 if number % 3 == 0 else 2]):
        said.append({"role": "user", "content": request.format(**facts)})
        good = [reply[0].format(**facts) for reply in REPLIES[act].values()]
        row = case(
            f"coffee-h{number + 1:03}#{2 * position + 1}",
            turn=2 * position + 1,
            act=act,
            tags=tags,
            messages=json.dumps(said),
            context_characters=sum(len(message["content"]) for message in said),
            references=good[:2],
            expectation=json.dumps({"act": act, **expectation}),
        )
        yield _Case(row, facts)
        said.append({"role": "assistant", "content": good[1]})


def _measurements(
    one: _Case, name: str, good: bool | None, done: str, generator: np.random.Generator
) -> Iterator[dict[str, Any]]:
    """All measurements of one reply; `good` is None where there is no reply."""
    case_id = one.row["case_id"]
    for info in MEASURES:
        key, kind = info["name"], info["kind"]
        if good is None:
            yield result(case_id, name, key, None, reason="no reply: context too long")
        elif kind == "reference":
            centre = (0.62 if good else 0.25) * (0.6 if key in ("bleu", "rouge2") else 1) - 0.2 * (name == "june")
            yield result(case_id, name, key, float(np.clip(generator.normal(centre, 0.13), 0, 1)) * info["scale"][1])
        elif kind == "act":
            reason = None if done == one.act else f"due was {one.act}, done was {done}"
            yield result(case_id, name, key, float(done == one.act), label=done, reason=reason)
        elif kind == "check":
            yield _check(one, name, key, good or generator.random() < 0.3)
        else:
            yield _verdict(case_id, name, key, good, generator)


def _check(one: _Case, name: str, key: str, held: bool) -> dict[str, Any]:
    expected, _, fault = CHECKS[key]
    if expected not in json.loads(one.row["expectation"]):
        return result(one.row["case_id"], name, key, None, status="skipped", reason="nothing of the kind is expected")
    return result(one.row["case_id"], name, key, float(held), reason=None if held else fault)


def _verdict(case_id: str, name: str, key: str, good: bool, generator: np.random.Generator) -> dict[str, Any]:
    if generator.random() < (0.03 if name == "base" else 0.008):
        reason = 'the answer holds no level of the scale: "I think it is fine"'
        return result(case_id, name, key, None, status="unparsed", reason=reason)
    drawn = generator.normal(4.4 if good else 2.3, 0.7) - 1.4 * (key == "style" and name == "order_taker")
    level = int(np.clip(round(drawn), 1, 5))
    what = (
        "asks for what is missing and keeps to the order" if good else "passes over what the customer still has to say"
    )
    return result(case_id, name, key, float(level), label=LEVELS[level], reason=f"The reply {what}.")
