"""What the candidates are asked: order, prompts, personas."""

from __future__ import annotations

from harness.engines.engine import Candidate, Sampling
from harness.replay import ReplayPlan, persona_card, prompt_messages
from suites.cases import Case, cases_of_dialogue
from suites.dialogue import Dialogue, Persona, SuiteHeader

HEADER = SuiteHeader(name="s", system="Be brief.", held_out="h.jsonl")
JUNE = Persona(name="June", description="A barista.", manner=("Says skipper.",), samples=("Ahoy!",))


def dialogue(**fields: object) -> Dialogue:
    messages = [
        {"role": "user", "content": "Tea."},
        {"role": "assistant", "content": "Which size?", "target": {}},
        {"role": "user", "content": "Large."},
        {"role": "assistant", "content": "A large tea.", "target": {}},
    ]
    return Dialogue.model_validate({"id": "d", "messages": messages, **fields})


def cases(**fields: object) -> list[Case]:
    return list(cases_of_dialogue(dialogue(**fields), HEADER))


def test_all_candidates_of_a_case_stand_together_and_every_seed_gets_a_reply() -> None:
    plan = ReplayPlan({"a": Candidate(), "b": Candidate()}, Sampling(), (3, 4), {})
    slots = [tuple(item.slot) for item in plan.work_items(cases(), plan.candidates)]
    assert slots == [(f"d#{turn}", name, seed) for turn in (1, 3) for seed in (3, 4) for name in ("a", "b")]


def test_the_true_history_is_seen_and_nothing_of_the_target() -> None:
    last = cases()[-1]
    assert prompt_messages(last, None, None) == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Tea."},
        {"role": "assistant", "content": "Which size?"},
        {"role": "user", "content": "Large."},
    ]


def test_a_candidates_system_prompt_takes_the_suites_place_but_facts_stay() -> None:
    first = cases(facts=["Sold out: bagels."])[0]
    assert prompt_messages(first, None, None)[0]["content"] == "Be brief.\nSold out: bagels."
    assert prompt_messages(first, "Be rude.", None)[0]["content"] == "Be rude.\nSold out: bagels."


def test_a_persona_card_is_appended_in_the_cases_language() -> None:
    prompt = prompt_messages(cases()[0], None, JUNE)[0]["content"]
    assert prompt.startswith("Be brief.\n\nYou are June. A barista.\n")
    assert "- Says skipper." in prompt
    assert persona_card(JUNE, "ru-RU").startswith("Тебя зовут June.")


def test_braces_in_a_card_are_not_interpreted() -> None:
    card = persona_card(Persona(name="{description}", description="{name} {0}"), "en")
    assert card == "You are {description}. {name} {0}"


def test_without_any_system_prompt_there_is_no_system_message() -> None:
    header = HEADER.model_copy(update={"system": ""})
    case = next(cases_of_dialogue(dialogue(), header))
    assert prompt_messages(case, None, None) == [{"role": "user", "content": "Tea."}]


def test_a_candidates_own_sampling_wins() -> None:
    own = Sampling(temperature=1, stop=("\n",))
    plan = ReplayPlan({"a": Candidate(sampling=own), "b": Candidate()}, Sampling(), (0,), {})
    drawn = {item.slot.candidate: item.request.sampling for item in plan.work_items(cases(), plan.candidates)}
    assert drawn == {"a": own, "b": Sampling()}
