"""Raters' sittings: entering, answering, going on, and what is on the disk when an answer has been taken."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from blind_material import pairs_of, planner

from harness.blind_test.folder import REAL, BlindFolder
from harness.blind_test.plan import Planner, Question
from harness.blind_test.server import _standing_for_page
from harness.blind_test.sittings import Given, NameTakenError, Sittings, Standing, WrongAnswerError
from harness.run_log import RunLogError
from suites.userfile import InputError


@pytest.fixture
def blind(tmp_path: Path) -> BlindFolder:
    return BlindFolder(tmp_path)


@pytest.fixture
def sittings(blind: BlindFolder) -> Iterator[Sittings]:
    with blind.answering():
        yield Sittings(planner(pairs_of(10)), blind.answers)


def lines(blind: BlindFolder) -> list[dict[str, object]]:
    return [json.loads(line) for line in blind.answers.path.read_text(encoding="utf-8").splitlines()]


def take(sittings: Sittings, rater: str, standing: Standing, choice: int = 0) -> Standing:
    assert standing.question is not None
    return sittings.answer(rater, Given(standing.question.id, choice, confidence=2, knows_person=True))


def test_answers_are_taken_one_after_the_other_until_all_are_given(sittings: Sittings, blind: BlindFolder) -> None:
    standing = sittings.enter("Anna", "a", resumes=False)
    total = standing.total
    assert (standing.answered, total) == (0, 12)
    while standing.question is not None:
        shown = standing.question.shown
        standing = take(sittings, "Anna", standing, choice=1)
        line = lines(blind)[-1]
        assert line["chosen"] == shown[1] and line["rater"] == "Anna" and line["knows_person"] is True
        assert isinstance(line["seconds"], float)
    assert standing.answered == total == len(lines(blind)) == sittings.answers
    assert {line["kind"] for line in lines(blind)} == {"pair", "check"}


def test_every_answer_is_brought_to_the_disk(
    sittings: Sittings, blind: BlindFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (real(descriptor), synced.append(os.fstat(descriptor).st_size)))
    standing = sittings.enter("Anna", "a", resumes=False)
    for _ in range(4):
        standing = take(sittings, "Anna", standing)
        assert synced[-1] == blind.answers.path.stat().st_size
    assert len(synced) == 4


def test_an_answer_that_is_sent_twice_is_kept_once(sittings: Sittings, blind: BlindFolder) -> None:
    first = sittings.enter("Anna", "a", resumes=False)
    second = take(sittings, "Anna", first, choice=0)
    again = take(sittings, "Anna", first, choice=1)
    assert again.question == second.question and again.answered == 1
    assert len(lines(blind)) == 1


def test_an_answer_to_another_question_is_refused(sittings: Sittings, blind: BlindFolder) -> None:
    sittings.enter("Anna", "a", resumes=False)
    theirs = sittings.enter("Boris", "b", resumes=False)
    with pytest.raises(WrongAnswerError):
        take(sittings, "Anna", theirs)
    for wrong in (Given("", 0, 1), Given("x", 2, 1), Given("x", 0, 4)):
        with pytest.raises(WrongAnswerError):
            sittings.answer("Anna", wrong)
    assert lines(blind) == []


def test_a_sitting_goes_on_after_the_server_was_stopped(sittings: Sittings, blind: BlindFolder) -> None:
    standing = sittings.enter("Anna", "a", resumes=False)
    for _ in range(3):
        standing = take(sittings, "Anna", standing)
    later = Sittings(planner(pairs_of(10)), blind.answers)
    with pytest.raises(NameTakenError) as taken:
        later.enter("anna ", "phone", resumes=False)
    assert taken.value.answered == 3
    resumed = later.enter("anna ", "phone", resumes=True)
    assert resumed == standing
    take(later, "ANNA", resumed)
    assert {line["rater"] for line in lines(blind)} == {"Anna"}


@dataclass(frozen=True)
class TurnedPlanner:
    """The same questions and texts, of which each is by the other author."""

    planner: Planner

    def questions(self, rater: str) -> list[Question]:
        return [replace(question, shown=question.shown[::-1]) for question in self.planner.questions(rater)]


def test_what_is_sent_does_not_depend_on_whose_reply_is_whose(tmp_path: Path) -> None:
    """Were it looked up on the way, the two sittings would differ, for the same choices are right in one, wrong in the other."""
    plain = planner(pairs_of(12))
    sent: dict[str, list[bytes]] = {}
    chosen: dict[str, list[object]] = {}
    for name, plan in (("plain", plain), ("turned", TurnedPlanner(plain))):
        blind = BlindFolder(tmp_path / name)
        with blind.answering():
            sittings = Sittings(plan, blind.answers)  # type: ignore[arg-type]
            standing = sittings.enter("Anna", "a", resumes=False)
            sent[name] = [json.dumps(_standing_for_page(standing, {})).encode()]
            while standing.question is not None:
                standing = take(sittings, "Anna", standing, choice=len(sent[name]) % 2)
                sent[name].append(json.dumps(_standing_for_page(standing, {})).encode())
        chosen[name] = [line["chosen"] for line in lines(blind)]
    assert sent["plain"] == sent["turned"]
    assert not any(one == other for one, other in zip(chosen["plain"], chosen["turned"], strict=True))


def test_two_raters_of_one_name_are_noticed_before_either_has_answered(sittings: Sittings) -> None:
    sittings.enter("Anna", "a", resumes=False)
    sittings.enter("Anna", "a", resumes=False)  # the same browser has loaded the page again
    with pytest.raises(NameTakenError):
        sittings.enter("Anna", "b", resumes=False)


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "a\x00b", "a\u202eb"])
def test_names_that_are_none_are_refused(sittings: Sittings, name: str) -> None:
    with pytest.raises(WrongAnswerError):
        sittings.enter(name, "a", resumes=False)


def test_raters_answer_at_the_same_time(sittings: Sittings, blind: BlindFolder) -> None:
    def sit(rater: str) -> None:
        standing = sittings.enter(rater, rater, resumes=False)
        while standing.question is not None:
            standing = take(sittings, rater, standing)

    threads = [threading.Thread(target=sit, args=(f"rater {number}",)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = lines(blind)
    assert len(found) == 5 * 12
    assert len({(line["rater"], line["question"]) for line in found}) == 5 * 12


def test_what_the_disk_does_not_take_is_not_answered(
    sittings: Sittings, blind: BlindFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = sittings.enter("Anna", "a", resumes=False)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(RunLogError):
            take(sittings, "Anna", standing)
    assert lines(blind) == [] and sittings.answers == 0
    assert take(sittings, "Anna", standing).answered == 1


def test_a_torn_last_line_is_cut_off_and_asked_again(blind: BlindFolder) -> None:
    with blind.answering():
        sittings = Sittings(planner(pairs_of(10)), blind.answers)
        first = sittings.enter("Anna", "a", resumes=False)
        second = take(sittings, "Anna", first)
        take(sittings, "Anna", second)
    whole = blind.answers.path.read_bytes()
    blind.answers.path.write_bytes(whole[:-20])
    with blind.answering():
        resumed = Sittings(planner(pairs_of(10)), blind.answers).enter("Anna", "a", resumes=True)
    assert resumed.answered == 1 and resumed.question == second.question
    assert whole.startswith(blind.answers.path.read_bytes()) and len(lines(blind)) == 1


def test_a_second_server_of_one_test_is_refused(blind: BlindFolder) -> None:
    another = BlindFolder(blind.path.parent)
    with blind.answering(), pytest.raises(InputError, match="another process serves this test"), another.answering():
        pass


def test_the_secret_is_kept_and_readable_by_its_owner_only(blind: BlindFolder) -> None:
    secret = blind.secret()
    file = blind.path / "secret.json"
    assert blind.secret() == secret
    assert file.stat().st_mode & 0o077 == 0
    assert len(secret.token) >= 20 and REAL not in secret.seed
    file.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"secret\.json"):
        blind.secret()
