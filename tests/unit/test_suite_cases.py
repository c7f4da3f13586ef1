"""From dialogues to cases: what the model sees and what is expected of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_suites import dialogue, make_suite, target, turn

from suites.cases import cases_of, sample_of_dialogues, shuffled_cases_of
from suites.userfile import InputError

ORDER = dialogue(
    "order",
    turn("user", "A latte."),
    target("Which size?", "Small or large?", "Which size?"),
    turn("user", "Large."),
    target("One large latte?", act="confirm"),
    tags=["drinks"],
    facts=["Sold out today: oat milk."],
)


def test_each_target_is_a_case_with_the_true_history_before_it(tmp_path: Path) -> None:
    first, second = cases_of(make_suite(tmp_path, [ORDER], system="You are a barista."))
    assert [first.id, second.id] == ["order#1", "order#3"]
    assert first.messages_for_model() == [
        {"role": "system", "content": "You are a barista.\nSold out today: oat milk."},
        {"role": "user", "content": "A latte."},
    ]
    assert second.messages_for_model()[2:] == [
        {"role": "assistant", "content": "Which size?"},
        {"role": "user", "content": "Large."},
    ]
    assert first.references == ("Which size?", "Small or large?")
    assert second.expectation.act == "confirm"
    assert (second.dialogue_id, second.turn, second.tags) == ("order", 3, ("drinks",))


def test_a_dialogue_with_a_system_message_keeps_it(tmp_path: Path) -> None:
    own = dialogue("own", turn("system", "You sell tea."), turn("user", "Tea."), target("Green?"), facts=["No milk."])
    (case,) = cases_of(make_suite(tmp_path, [own], system="You are a barista."))
    assert case.id == "own#2"
    assert [m["content"] for m in case.messages_for_model()] == ["You sell tea.\nNo milk.", "Tea."]


def test_swapped_roles_make_the_model_the_customer(tmp_path: Path) -> None:
    talk = dialogue("talk", turn("assistant", "What will it be?"), turn("user", "A latte."), turn("assistant", "Sure."))
    (case,) = cases_of(make_suite(tmp_path, [talk], system="Order.", target_role="user", targets="all"))
    assert case.messages_for_model() == [
        {"role": "system", "content": "Order."},
        {"role": "user", "content": "What will it be?"},
    ]
    assert case.references == ("A latte.",)


MENU = {"type": "function", "function": {"name": "menu", "parameters": {"type": "object", "properties": {}}}}
CALL = {"id": "c1", "type": "function", "function": {"name": "menu", "arguments": {}}}
LOOKED_UP = dialogue(
    "looked_up",
    turn("user", "Is there tea?"),
    turn("assistant", "Let me look.", tool_calls=[CALL]),
    turn("tool", "tea, coffee", tool_call_id="c1"),
    target("There is. Green or black?"),
    turn("user", "Black."),
    turn("assistant", "", tool_calls=[CALL]),
    turn("tool", "sold out", tool_call_id="c1"),
    target("Sold out, sorry."),
    turn("user", "Green, then."),
    tools=[MENU],
)


def test_the_assistant_sees_its_tools_and_what_they_said(tmp_path: Path) -> None:
    first, second = cases_of(make_suite(tmp_path, [LOOKED_UP]))
    assert first.messages_for_model() == [
        {"role": "user", "content": "Is there tea?"},
        {"role": "assistant", "content": "Let me look.", "tool_calls": [CALL]},
        {"role": "tool", "content": "tea, coffee", "tool_call_id": "c1"},
    ]
    assert [m["role"] for m in second.messages_for_model()[4:]] == ["user", "assistant", "tool"]
    assert first.tools == second.tools == (MENU,)


def test_the_human_sees_neither_tools_nor_their_calls(tmp_path: Path) -> None:
    cases = list(cases_of(make_suite(tmp_path, [LOOKED_UP], system="Order.", target_role="user", targets="all")))
    assert [case.id for case in cases] == ["looked_up#0", "looked_up#4", "looked_up#8"]
    system = {"role": "system", "content": "Order."}
    assert cases[0].messages_for_model() == [system]
    assert cases[1].messages_for_model() == [
        system,
        {"role": "assistant", "content": "Is there tea?"},
        {"role": "user", "content": "Let me look.\nThere is. Green or black?"},
    ]
    assert cases[2].messages_for_model()[3:] == [
        {"role": "assistant", "content": "Black."},
        {"role": "user", "content": "Sold out, sorry."},
    ]
    assert {case.tools for case in cases} == {()}


def test_two_turns_in_a_row_stay_two_where_no_tool_was_used_between_them(tmp_path: Path) -> None:
    talk = dialogue("talk", turn("assistant", "Hello."), turn("assistant", "What will it be?"), turn("user", "Tea."))
    (case,) = cases_of(make_suite(tmp_path, [talk], target_role="user", targets="all"))
    assert [m["content"] for m in case.messages_for_model()] == ["Hello.", "What will it be?"]


def test_persona_and_language_of_the_dialogue(tmp_path: Path) -> None:
    talk = dialogue("talk", turn("user", "Привет"), target("Здравствуйте!"), persona="june", language="ru")
    june = {"name": "June", "description": "A barista."}
    (case,) = cases_of(make_suite(tmp_path, [talk], personas={"june": june}))
    assert case.language == "ru"
    assert case.persona is not None
    assert case.persona.name == "June"


def test_a_half_without_dialogue_or_target_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"held_out\.jsonl: holds no dialogue"):
        list(cases_of(make_suite(tmp_path, [])))
    with pytest.raises(InputError, match="holds no target turn; mark turns of the role 'assistant'"):
        list(cases_of(make_suite(tmp_path, [dialogue("d", turn("user", "Hi"))])))
    with pytest.raises(InputError, match=r"suite\.yaml:1: train: the suite 'made' has no training half"):
        list(cases_of(make_suite(tmp_path, [ORDER]), "train"))


def test_only_chosen_dialogues(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, [ORDER, {**ORDER, "id": "other"}])
    assert {case.dialogue_id for case in cases_of(suite, only={"other"})} == {"other"}


def test_a_sample_does_not_depend_on_where_dialogues_stand(tmp_path: Path) -> None:
    dialogues = [{**ORDER, "id": f"d{i}"} for i in range(40)]
    sample = sample_of_dialogues(make_suite(tmp_path, dialogues), 10)
    assert len(sample) == 10
    assert sample == sample_of_dialogues(make_suite(tmp_path, reversed(dialogues)), 10)
    assert sample < sample_of_dialogues(make_suite(tmp_path, dialogues), 11)
    assert len(sample_of_dialogues(make_suite(tmp_path, dialogues), 100)) == 40


def test_the_content_hash_follows_what_is_tested(tmp_path: Path) -> None:
    def hash_of(**header: str) -> str:
        return make_suite(tmp_path, [ORDER], **header).content_hash()

    assert hash_of() == hash_of()
    assert hash_of() != hash_of(system="You are a barista.")
    assert hash_of() == make_suite(tmp_path, [ORDER], [ORDER]).content_hash()
    assert hash_of() != make_suite(tmp_path, [{**ORDER, "id": "other"}]).content_hash()


def test_a_seed_fixes_a_random_order_of_whole_dialogues(tmp_path: Path) -> None:
    names = [f"d{number}" for number in range(40)]
    turns = (turn("user", "Tea."), target("Which?"), turn("user", "Green."), target("One green tea?"))
    suite = make_suite(tmp_path, [dialogue(name, *turns) for name in names])
    first, again, other = (list(shuffled_cases_of(suite, seed)) for seed in (0, 0, 1))
    assert first == again != other
    order = [case.dialogue_id for case in first[::2]]
    assert order == [case.dialogue_id for case in first[1::2]] != names
    assert (
        sorted(case.id for case in first) == sorted(case.id for case in other) == sorted(c.id for c in cases_of(suite))
    )
    part = [case.dialogue_id for case in shuffled_cases_of(suite, 0, only=names[:10])]
    assert part[::2] == [name for name in order if name in names[:10]]
