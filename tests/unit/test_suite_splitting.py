"""Halving a suite: by dialogue, by time where there are dates, without leaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_suites import dialogue, make_suite, turn
from scipy.stats import binomtest

from suites.checking import check_suite
from suites.loading import Suite
from suites.splitting import split_suite
from suites.sufficiency import wins_needed
from suites.userfile import InputError

LONG = "one two three four five six seven eight"
CARDS = {name: {"name": name.title(), "description": "Somebody."} for name in ("ann", "boris")}


def talk(name: str, answer: str | None = None, **fields: Any) -> dict[str, Any]:
    return dialogue(name, turn("user", f"Q {name}"), turn("assistant", answer or f"A {name}", target={}), **fields)


def suite_of(folder: Path, talks: list[dict[str, Any]], **header: Any) -> Suite:
    folder.mkdir(exist_ok=True)
    return make_suite(folder, talks, **header)


def halves(suite: Suite) -> tuple[list[str], list[str]]:
    return [d.id for d in suite.dialogues("train")], [d.id for d in suite.dialogues("held_out")]


def test_the_latest_dialogues_of_each_person_are_held_out(tmp_path: Path) -> None:
    talks = [talk(f"a{day}", persona="ann", date=f"2025-01-{day:02d}T10:00:00") for day in (5, 1, 4, 2, 3)]
    talks += [talk(f"b{day}", persona="boris", date=f"2024-01-{day:02d}T10:00:00Z") for day in range(1, 11)]
    made = split_suite(suite_of(tmp_path / "in", talks, personas=CARDS), tmp_path / "out")
    assert halves(made.suite)[1] == ["a5", "b9", "b10"]
    assert made.by_time == {"ann": True, "boris": True}
    assert made.suite.header.name == "out" and not made.suite.header.allow_leak
    assert made.shares["boris"] == (8, 8, 2, 2)


def test_one_undated_dialogue_makes_a_draw_of_its_own_person_alone(tmp_path: Path) -> None:
    talks = [talk(f"a{day}", persona="ann", date=f"2025-01-{day:02d}T10:00:00") for day in range(1, 11)]
    talks += [talk(f"b{day}", persona="boris", date=f"2025-01-{day:02d}T10:00:00") for day in range(1, 10)]
    talks.append(talk("b10", persona="boris"))
    talks.append(dialogue("silent", turn("user", "Anybody?")))
    suite = suite_of(tmp_path / "in", talks, personas=CARDS)
    seeds = {}
    for seed in range(4):
        made = split_suite(suite, tmp_path / str(seed), seed=seed)
        assert made.by_time == {"ann": True, "boris": False}
        held_out = halves(made.suite)[1]
        assert [name for name in held_out if name[0] == "a"] == ["a9", "a10"]
        seeds[seed] = tuple(name for name in held_out if name[0] == "b")
        assert len(seeds[seed]) == 2
    assert len(set(seeds.values())) > 1


def test_dialogues_of_a_dated_and_an_undated_person_that_share_a_reply_are_not_parted(tmp_path: Path) -> None:
    talks = [talk(f"a{day}", persona="ann", date=f"2025-01-{day:02d}T10:00:00") for day in range(1, 11)]
    talks += [talk(f"b{number}", persona="boris") for number in range(1, 11)]
    talks[0] = talk("a1", f"{LONG}!", persona="ann", date="2025-01-01T10:00:00")
    talks[19] = talk("b10", LONG, persona="boris")
    for seed in range(4):
        made = split_suite(suite_of(tmp_path / "in", talks, personas=CARDS), tmp_path / str(seed), seed=seed)
        train, held_out = halves(made.suite)
        assert {"a1", "b10"} <= set(train) and {"a9", "a10"} <= set(held_out)
        assert made.shares["boris"].held_out_dialogues == 2


def test_without_dates_a_draw_decides_that_is_always_the_same(tmp_path: Path) -> None:
    talks = [talk(f"t{number}") for number in range(20)]
    suite = suite_of(tmp_path / "in", talks)
    first, again, other = (
        halves(split_suite(suite, tmp_path / name, held_out=0.25, seed=seed).suite)
        for name, seed in (("1", 0), ("2", 0), ("3", 1))
    )
    assert first == again != other
    assert len(first[1]) == 5 and sorted(first[0] + first[1]) == sorted(t["id"] for t in talks)


def test_dialogues_that_share_a_reply_stay_together(tmp_path: Path) -> None:
    talks = [talk(f"t{day}", date=f"2025-01-{day:02d}T10:00:00") for day in range(1, 11)]
    talks[9] = talk("t10", f"{LONG}!", date="2025-01-10T10:00:00")
    talks[0]["messages"][0]["content"] = LONG.upper()  # the human said it, ten days before
    made = split_suite(suite_of(tmp_path / "in", talks), tmp_path / "out")
    assert halves(made.suite)[1] == ["t9"]
    assert made.kept_together == 2
    parted = split_suite(suite_of(tmp_path / "in", talks), tmp_path / "leaky", allow_leak=True)
    assert halves(parted.suite)[1] == ["t9", "t10"]
    assert parted.leaks == 1 and parted.suite.header.allow_leak
    assert {f.severity for f in check_suite(parted.suite) if f.check == "leaked_reply"} == {"warning"}


@pytest.mark.parametrize(
    ("talks", "header", "share", "sentence"),
    [
        ([talk("x", persona="ann")], {}, 0.2, "the persona 'ann' has one dialogue only ('x')"),
        ([talk("x")], {}, 0.2, "held_out.jsonl: holds one dialogue only ('x'), which cannot be both"),
        ([talk("x", LONG), talk("y", LONG)], {}, 0.5, "holds no dialogue that could be held out"),
        ([talk("x"), talk("y")], {}, 1.0, "--held-out: is 1; must lie between 0 and 1"),
        ([dialogue("x", turn("user", "Hi"))], {}, 0.2, "holds no target"),
        ([talk("x"), talk("y")], {"train": "held_out.jsonl"}, 0.2, "train: is there: the suite is split already"),
    ],
)
def test_what_cannot_be_split(
    tmp_path: Path, talks: list[Any], header: dict[str, Any], share: float, sentence: str
) -> None:
    suite = suite_of(tmp_path / "in", talks, personas=CARDS, **header)
    with pytest.raises(InputError) as caught:
        split_suite(suite, tmp_path / "out", held_out=share)
    assert sentence in str(caught.value)
    assert [entry.name for entry in tmp_path.iterdir()] == ["in"]


_ANSWERS = st.sampled_from([None, None, None, LONG, f"{LONG} nine", "other " + LONG])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    answers=st.lists(st.tuples(_ANSWERS, st.integers(1, 28)), min_size=2, max_size=12),
    dated=st.booleans(),
    share=st.floats(0.05, 0.95),
)
def test_halves_never_share_a_reply_and_lose_nothing(
    tmp_path_factory: pytest.TempPathFactory, answers: list[tuple[str | None, int]], dated: bool, share: float
) -> None:
    folder = tmp_path_factory.mktemp("split")
    talks = [
        talk(f"t{number}", answer, **({"date": f"2025-02-{day:02d}T00:00:00"} if dated else {}))
        for number, (answer, day) in enumerate(answers)
    ]
    try:
        made = split_suite(suite_of(folder / "in", talks), folder / "out", held_out=share)
    except InputError as error:
        assert "share replies" in str(error)
        return
    train, held_out = halves(made.suite)
    assert held_out and sorted(train + held_out) == sorted(t["id"] for t in talks)
    assert not [f for f in check_suite(made.suite) if f.severity == "error"]
    if dated and made.kept_together == 0:
        day_of = {t["id"]: t["date"] for t in talks}
        assert max(day_of[name] for name in train) <= min(day_of[name] for name in held_out)


def test_the_wins_that_are_needed_are_those_of_the_sign_test() -> None:
    for replies in range(1, 41):
        significant = [k for k in range(replies // 2 + 1, replies + 1) if binomtest(k, replies).pvalue <= 0.05]
        assert wins_needed(replies) == (significant[0] if significant else None)


def test_few_replies_of_a_person_are_told_with_what_they_allow(tmp_path: Path) -> None:
    few = suite_of(tmp_path, [talk(f"t{n}", persona="ann") for n in range(14)], personas=CARDS)
    (finding,) = check_suite(few)
    assert (finding.check, finding.severity) == ("few_replies", "warning")
    assert "14 replies only of 'ann'" in finding.problem and "better on at least 12 of them" in finding.problem
    turns = [turn("user", "Hi"), *(turn("assistant", f"A{n}", target={}) for n in range(20))]
    calls = [dict(t, content=f"Q{n}", role="user") for n, t in enumerate(turns)]
    alternating = [t for pair in zip(calls, turns[1:], strict=False) for t in pair]
    alternating = [{k: v for k, v in t.items() if k != "target" or t["role"] == "assistant"} for t in alternating]
    one = suite_of(tmp_path, [dialogue("x", *alternating)], personas=CARDS, persona="boris")
    (finding,) = check_suite(one)
    assert "one dialogue only of 'boris'" in finding.problem
