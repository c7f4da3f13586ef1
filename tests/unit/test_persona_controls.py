"""Control candidates: made from the imitators, told again by the reports, and refused where the spec does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest
from persona_suite import persona_suite
from report_run_folder import manifest

from harness.engines.engine import Candidate
from harness.persona.controls import with_controls
from harness.persona.outside import outside_spec
from harness.preparation import prepare
from harness.spec import SpecFile, read_spec
from reports.persona.roles import imitators_of
from reports.records import Manifest
from suites.userfile import InputError

CANDIDATES = {
    "generic": Candidate(),
    "june": Candidate(adapter=Path("june"), imitates="june"),
    "june_large": Candidate(adapter=Path("june_large"), imitates="june"),
    "bo": Candidate(adapter=Path("bo"), imitates="bo"),
}


def test_each_imitator_gets_the_prompt_alone_and_the_next_ones_card() -> None:
    found = with_controls(CANDIDATES, "generic", ["june", "bo"])
    assert list(found) == [
        *("generic", "june", "june.prompt_only", "june.other_card", "june_large", "june_large.other_card"),
        *("bo", "bo.prompt_only", "bo.other_card"),
    ]
    assert found["june.prompt_only"] == Candidate(persona="june", imitates="june")
    assert found["bo.other_card"] == Candidate(adapter=Path("bo"), imitates="bo", persona="june")


def test_without_another_persona_there_is_no_other_card() -> None:
    candidates = {name: CANDIDATES[name] for name in ("generic", "june")}
    assert list(with_controls(candidates, "generic", ["june"])) == ["generic", "june", "june.prompt_only"]


def test_a_name_that_a_control_needs_is_refused() -> None:
    with pytest.raises(InputError, match="name of a control"):
        with_controls(CANDIDATES | {"june.other_card": Candidate()}, "generic", ["june", "bo"])


def test_reports_know_the_controls_from_their_settings_alone() -> None:
    settings = {
        name: {"settings": candidate.model_dump(mode="json", exclude_none=True)}
        for name, candidate in with_controls(CANDIDATES, "generic", ["june", "bo"]).items()
    }
    found = imitators_of(manifest_of(settings))
    assert [(one.candidate, one.prompt_only, one.other_card) for one in found] == [
        ("june", "june.prompt_only", "june.other_card"),
        ("june_large", "june.prompt_only", "june_large.other_card"),
        ("bo", "bo.prompt_only", "bo.other_card"),
    ]


def test_an_imitator_with_its_own_card_is_an_imitator() -> None:
    settings = {
        "generic": {"settings": {}},
        "june": {"settings": {"adapter": "june", "imitates": "june", "persona": "june"}},
        "card": {"settings": {"imitates": "june", "persona": "june"}},
    }
    (found,) = imitators_of(manifest_of(settings))
    assert (found.candidate, found.prompt_only, found.other_card) == ("june", "card", None)


def manifest_of(settings: dict[str, dict[str, object]]) -> Manifest:
    return Manifest.model_validate(manifest(list(settings)) | {"candidates": settings})


def spec_of(folder: Path, text: str, **header: object) -> SpecFile:
    persona_suite(folder, **header)  # type: ignore[arg-type]
    (folder / "replies.jsonl").write_text(
        '{"case_id": "x#1", "candidate": "june", "reply": "Aye!"}\n', encoding="utf-8"
    )
    file = folder / "eval.yaml"
    engine = "engine: {kind: recorded, options: {replies: replies.jsonl}}\nmetrics: [exact_match]\n"
    file.write_text(f"suite: .\n{engine}{text}", encoding="utf-8")
    return read_spec(file)


def test_controls_are_candidates_of_the_run(tmp_path: Path) -> None:
    spec_file = spec_of(tmp_path, "candidates: {generic: {}, june: {imitates: june}}\npersona: {controls: true}\n")
    prepared = prepare(spec_file)
    assert list(prepared.plan.candidates) == ["generic", "june", "june.prompt_only", "june.other_card"]
    assert prepared.spec_file.spec.candidates["june.other_card"].persona == "vera"


@pytest.mark.parametrize(
    ("text", "problem", "line"),
    [
        ("candidates: {generic: {}, june: {imitates: jun}}\npersona: {}\n", "did you mean 'june'", 4),
        ("candidates: {generic: {}, june: {imitates: jun}}\n", "did you mean 'june'", 4),
        ("candidates: {generic: {}, june: {}}\npersona: {}\n", "no candidate imitates anybody", 5),
        ("candidates: {june: {imitates: june}, generic: {}}\npersona: {}\n", "the baseline imitates somebody", 4),
    ],
)
def test_what_does_not_fit_is_said_with_its_line(tmp_path: Path, text: str, problem: str, line: int) -> None:
    with pytest.raises(InputError, match=problem) as refused:
        prepare(spec_of(tmp_path, text))
    assert refused.value.line == line


def test_leaked_replies_are_refused_unless_the_suite_says_so(tmp_path: Path) -> None:
    text = "candidates: {generic: {}, june: {imitates: june}}\npersona: {}\n"
    spec_file = spec_of(tmp_path, text)
    train, held_out = tmp_path / "train.jsonl", tmp_path / "held_out.jsonl"
    leaked = held_out.read_text(encoding="utf-8").splitlines()[0].replace("held_out-", "train-again-")
    train.write_text(train.read_text(encoding="utf-8") + leaked + "\n", encoding="utf-8")
    with pytest.raises(
        InputError, match=r"'held_out-june-0' stands in the training half too.* `allow_leak: true`"
    ) as refused:
        prepare(spec_file)
    assert (refused.value.file, refused.value.line) == (str(held_out), 1)
    header = tmp_path / "suite.yaml"
    header.write_text(header.read_text(encoding="utf-8") + "allow_leak: true\n", encoding="utf-8")
    assert prepare(read_spec(tmp_path / "eval.yaml")).selection.suite.header.allow_leak


def test_the_run_outside_has_the_generic_model_and_the_imitators_without_their_cards(tmp_path: Path) -> None:
    text = (
        "candidates: {generic: {}, june: {imitates: june}, card: {imitates: june, persona: june}, other: {},\n"
        "  carded: {imitates: june, persona: june, model: tuned}, stranger: {imitates: june, persona: bo, model: tuned}}\n"
        "persona: {outside: coffee_orders}\ngate: [{measure: exact_match, at_least: 0.5}]\n"
    )
    outside = outside_spec(spec_of(tmp_path, text))
    assert outside is not None
    assert (outside.spec.suite, outside.spec.persona, outside.spec.gate) == ("coffee_orders", None, ())
    assert outside.spec.candidates == {
        "generic": Candidate(),
        "june": Candidate(),
        "carded": Candidate(model="tuned"),
    }
