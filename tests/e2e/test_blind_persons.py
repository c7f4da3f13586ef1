"""The blind test of a run with several persons: who is shown in whose contexts, what raters read of them, and judges."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from statistics import fmean

import pytest
from blind_server import serving_blind
from command_server import CommandServer
from fake_judge_engine import KIND, install_fake_judges
from persona_suite import MANNERS, persona_suite, write_replies
from recorded_runs import Rejoinder

from harness.blind_test.contests import Contest, Wanted, contests_of
from harness.blind_test.folder import REAL
from harness.blind_test.pairs import BlindPair, read_material
from harness.run_folder import RunFolder
from suites.userfile import InputError

CANDIDATES = {
    "generic": "vera",
    "june": "june",
    "june.prompt_only": "vera",
    "june.other_card": "june",
    "bo": "bo",
    "bo.prompt_only": "vera",
    "bo.other_card": "bo",
}
"""Whose manner each takes."""
SPEC = """suite: .
engine: {kind: recorded, options: {replies: replies.jsonl}}
metrics: [exact_match]
candidates:
  generic: {}
  june: {imitates: june}
  bo: {imitates: bo}
"""


def made_run(rejoinder: Rejoinder, folder: Path, section: str, **header: str) -> Path:
    persona_suite(folder, **header)  # type: ignore[arg-type]
    write_replies(folder, CANDIDATES)
    (folder / "eval.yaml").write_text(SPEC + section, encoding="utf-8")
    answer = rejoinder("run", folder / "eval.yaml", "--out", folder / "run")
    assert answer.returncode == 0, answer.stderr
    return folder / "run"


@pytest.fixture(scope="module")
def finished_run(command_server: CommandServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("persons")
    return made_run(lambda *arguments: command_server.run(arguments, folder), folder, "persona: {controls: true}\n")


@pytest.fixture
def run(finished_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished_run, tmp_path / "run"))


def pairs(run: Path, wanted: Wanted) -> list[BlindPair]:
    return list(read_material(RunFolder(run), contests_of(RunFolder(run), wanted)).pairs)


def shown(run: Path, wanted: Wanted) -> set[tuple[str, str]]:
    """Who is shown in whose contexts, by the suite's own dialogue ids."""
    return {(pair.contest.candidate, pair.case.dialogue_id.split("-")[1]) for pair in pairs(run, wanted)}


def test_an_imitator_is_held_against_its_own_person_alone_and_generic_against_all(run: Path) -> None:
    plain = pairs(run, Wanted())
    assert {(pair.contest, pair.person) for pair in plain} == {
        (Contest("june", REAL), "june"),
        (Contest("bo", REAL), "bo"),
        (Contest("generic", REAL), "june"),
        (Contest("generic", REAL), "bo"),
    }
    for pair in plain:
        assert pair.case.dialogue_id.split("-")[1] == pair.person
        assert pair.case.persona is not None and pair.case.persona.name == str(pair.person).title()
    asked = Counter(pair.case.id for pair in plain)
    assert set(asked.values()) == {2}


def test_persons_and_controls_are_shown_where_they_are_asked_for(run: Path) -> None:
    assert shown(run, Wanted(persons=("june",))) == {("june", "june"), ("generic", "june")}
    assert shown(run, Wanted(persons=("june", "vera"))) == {("june", "june"), ("generic", "june"), ("generic", "vera")}
    assert shown(run, Wanted(candidates=("generic",))) == {("generic", person) for person in MANNERS}
    assert shown(run, Wanted(candidates=("june.other_card",))) == {("june.other_card", "june")}
    assert shown(run, Wanted(against="generic")) == {("june", "june"), ("bo", "bo")}
    assert shown(run, Wanted(candidates=("june.prompt_only",), against="june")) == {("june.prompt_only", "june")}


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (Wanted(candidates=("june",), persons=("bo",)), "'june' imitates 'june', whose contexts --person leaves out"),
        (Wanted(candidates=("june",), against="bo"), "'june' and 'bo' imitate different persons"),
        (Wanted(persons=("jane",)), "did you mean 'june'?"),
    ],
)
def test_a_test_without_contexts_is_refused(run: Path, wanted: Wanted, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence.replace("?", r"\?")):
        contests_of(RunFolder(run), wanted)


def test_each_question_tells_of_its_own_person(command_server: CommandServer, run: Path) -> None:
    with serving_blind(command_server, run.parent, run) as served:
        told: Counter[str] = Counter()
        standing = served.enter("Anna")
        while (question := standing["question"]) is not None:
            about = question["about"]
            told[about["name"]] += 1
            assert about["text"] == f"{about['name']}: {about['name']}, a barista."
            _, standing = served.answer("Anna", question["id"], choice=0)
        _, _, page = served.request(f"/?token={served.token}")
        assert b"<bdi>June</bdi>" in page and b"<bdi>Bo</bdi>" in page and b"Vera" not in page
    lines = [json.loads(line) for line in (run / "blind" / "answers.jsonl").read_text(encoding="utf-8").splitlines()]
    answered = [line for line in lines if line["kind"] == "pair"]
    assert told.keys() == {"June", "Bo"} and len(answered) == 20
    for line in answered:
        assert line["candidate"] in ("generic", line["dialogue_id"].split("-")[1])
    by_candidate = Counter(line["candidate"] for line in answered)
    assert by_candidate.keys() == {"generic", "june", "bo"} and min(by_candidate.values()) >= 4


def test_a_person_who_takes_the_humans_part_is_tested_the_same(
    command_server: CommandServer, rejoinder: Rejoinder, run: Path, tmp_path: Path
) -> None:
    swapped = made_run(rejoinder, tmp_path / "user", "persona: {controls: true}\n", target_role="user")
    assert [(one.id, one.texts) for one in pairs(swapped, Wanted())] == [
        (one.id, one.texts) for one in pairs(run, Wanted())
    ]
    with serving_blind(command_server, tmp_path, swapped, "--candidate", "june") as served:
        question = served.enter("Anna")["question"]
    assert question["context"][-1]["speaker"] == "partner"
    assert question["about"]["text"].endswith("June, a barista.")


def test_one_text_describes_one_person(
    command_server: CommandServer, rejoinder: Rejoinder, run: Path, tmp_path: Path
) -> None:
    about = tmp_path / "about.txt"
    about.write_text("June was at sea.\n", encoding="utf-8")
    refused = rejoinder("blind", run, "--about", about)
    assert refused.returncode == 2 and refused.stderr.count("\n") == 1
    assert "several persons ('june', 'bo'); name one of them with --person" in refused.stderr
    with serving_blind(command_server, tmp_path, run, "--about", about, "--person", "june") as served:
        assert served.enter("Anna")["question"]["about"] == {"name": "", "text": "June was at sea."}


def test_a_judge_is_asked_about_the_same_pairs_and_sees_the_card(
    rejoinder: Rejoinder, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin").mkdir()
    install_fake_judges(tmp_path / "plugin", monkeypatch)
    answer = rejoinder("blind", "judge", run, "--model", "fake", "--engine", KIND, "--person", "bo")
    assert answer.returncode == 0, answer.stderr
    lines = (run / "blind" / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()
    asked = {(line["candidate"], line["dialogue_id"].split("-")[1]) for line in map(json.loads, lines)}
    assert asked == {("bo", "bo"), ("generic", "bo")}


def test_what_judges_took_for_the_person_stands_on_the_persona_page(
    rejoinder: Rejoinder, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin").mkdir()
    install_fake_judges(tmp_path / "plugin", monkeypatch)
    asking = ("blind", "judge", run, "--model", "fake", "--engine", KIND, "--questions", "500")
    assert rejoinder(*asking).returncode == 0
    assert rejoinder(*asking, "--candidate", "june.prompt_only").returncode == 0
    result = rejoinder("report", run)
    assert result.returncode == 0, result.stderr
    longer: dict[tuple[str, str], list[bool]] = {}  # this judge takes the longer reply for the person's
    for pair in pairs(run, Wanted(candidates=("generic", "june", "bo", "june.prompt_only"), persons=("june", "bo"))):
        theirs, real = map(len, pair.texts)
        if theirs != real:
            longer.setdefault((str(pair.person), pair.contest.candidate), []).append(theirs > real)
    found = {
        (one["person"], one["candidate"]): one
        for one in json.loads((run / "persona.json").read_text(encoding="utf-8"))["taken_for_real"]
    }
    assert list(found) == [
        *(("june", name) for name in ("generic", "june", "june.prompt_only")),
        *(("bo", name) for name in ("generic", "bo")),
    ]
    for key, one in found.items():
        assert (one["pairs"], one["share"]["value"]) == (len(longer[key]), pytest.approx(fmean(longer[key])))
        low, high = one["share"]["interval"].values()
        assert 0 <= low < one["share"]["value"] < high <= 1
        assert (one["beyond_generic"] is None) == (one["candidate"] == "generic")
    assert "(which_is_the_person)" in found["june", "june"]["judge"]
    for language, title in (("en", "### Which is the person?"), ("ru", "### Где человек?")):
        assert rejoinder("report", run, "--lang", language).returncode == 0
        assert title in (run / "report.md").read_text(encoding="utf-8")


def test_the_spec_s_judge_takes_the_test_when_the_run_is_there(
    rejoinder: Rejoinder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin").mkdir()
    install_fake_judges(tmp_path / "plugin", monkeypatch)
    section = f"persona: {{blind_judge: true}}\njudge_engine: {{kind: {KIND}, model: fake}}\n"
    run = made_run(rejoinder, tmp_path / "s", section)
    verdicts = run / "blind" / "verdicts.jsonl"
    asked = verdicts.read_bytes()
    found = json.loads((run / "persona.json").read_text(encoding="utf-8"))["taken_for_real"]
    assert {(one["person"], one["candidate"]) for one in found} == {
        ("june", "june"),
        ("june", "generic"),
        ("bo", "bo"),
        ("bo", "generic"),
    }
    assert "### Which is the person?" in (run / "report.md").read_text(encoding="utf-8")
    again = rejoinder("run", tmp_path / "s" / "eval.yaml", "--out", run)
    assert again.returncode == 0, again.stderr
    assert verdicts.read_bytes() == asked


@pytest.mark.parametrize(
    ("judges", "said"),
    [
        ("", "judge_engine: recorded replies cannot judge"),
        (
            "judges: [{rubric: which_is_the_person, name: a, pairs: all},\n"
            "  {rubric: which_is_the_person, name: b, pairs: all}]\njudge_engine: {kind: openai, model: judge}\n",
            "persona.blind_judge: the rubric 'which_is_the_person' is asked by several judges (a, b); leave `name` out",
        ),
        (
            "judges: [{rubric: leads_dialogue, name: which_is_the_person}]\njudge_engine: {kind: openai, model: judge}\n",
            "persona.blind_judge: the judge named 'which_is_the_person' does not compare pairs; give it another name",
        ),
    ],
)
def test_a_blind_judge_that_cannot_be_is_refused_before_anything_is_made(
    rejoinder: Rejoinder, tmp_path: Path, judges: str, said: str
) -> None:
    persona_suite(tmp_path)
    write_replies(tmp_path, CANDIDATES)
    (tmp_path / "eval.yaml").write_text(f"{SPEC}persona: {{blind_judge: true}}\n{judges}", encoding="utf-8")
    answer = rejoinder("run", tmp_path / "eval.yaml", "--out", tmp_path / "run")
    assert answer.returncode == 2 and answer.stderr.count("\n") == 1
    assert said in answer.stderr
    assert not (tmp_path / "run").exists()


def test_a_run_that_does_not_say_whose_contexts_are_whose_is_refused(rejoinder: Rejoinder, tmp_path: Path) -> None:
    run = made_run(rejoinder, tmp_path / "plain", "")
    for arguments in ((), ("--person", "june")):
        answer = rejoinder("blind", run, *arguments)
        assert answer.returncode == 2 and answer.stderr.count("\n") == 1
        assert "does not say whose contexts are whose; add `persona: {}` to its spec" in answer.stderr
