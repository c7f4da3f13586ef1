"""The labels of the examples: complete, balanced, without leaks, and fit for `rejoinder judge calibrate`."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples import judge_labels
from examples.judge_labels import HALVES, RUBRICS, LabelledReply, joined_lines, main, replies_by_case
from judges.loading import load_rubric
from judges.people.labels import read_labels
from suites.cases import Case, cases_of
from suites.dialogue import Dialogue, Message
from suites.leaks import LeakFinder
from suites.loading import load_suite
from suites.words import words_of

SUITES = sorted({labelled.suite for labelled in HALVES.values()})

each_half = pytest.mark.parametrize("half", HALVES)
each_rubric = pytest.mark.parametrize("rubric", RUBRICS)


def cases(half: str) -> dict[str, Case]:
    labelled = HALVES[half]
    return {case.id: case for case in cases_of(load_suite(labelled.suite), labelled.half)}


def with_labelled_replies(half: str) -> list[Dialogue]:
    """The dialogues of half a suite, the labelled replies as references of their turns."""
    labelled = replies_by_case(half)

    def widened(turn: Message, replies: tuple[str, ...]) -> Message:
        if turn.target is None:
            return turn
        target = turn.target.model_copy(update={"references": turn.target.references + replies})
        return turn.model_copy(update={"target": target})

    return [
        dialogue.model_copy(
            update={
                "messages": tuple(
                    widened(turn, tuple(line.reply for line in labelled.get(f"{dialogue.id}#{index}", [])))
                    for index, turn in enumerate(dialogue.messages)
                )
            }
        )
        for dialogue in load_suite(HALVES[half].suite).dialogues(HALVES[half].half)
    ]


def half_of(suite: str, half: str) -> list[LabelledReply]:
    """All labelled replies to half a suite."""
    name = next(name for name, labelled in HALVES.items() if labelled == (suite, half))
    return [line for lines in replies_by_case(name).values() for line in lines]


@each_half
def test_every_case_has_a_labelled_reply_and_no_other_has(half: str) -> None:
    assert set(replies_by_case(half)) == set(cases(half))


@each_half
def test_no_reply_is_a_reference_or_stands_twice_with_its_case(half: str) -> None:
    known = {name: [words_of(reference) for reference in case.references] for name, case in cases(half).items()}
    for name, lines in replies_by_case(half).items():
        seen = [words_of(line.reply) for line in lines]
        assert len(set(seen)) == len(seen), name
        assert not [reply for reply in seen if reply in known[name]], name


@each_half
@each_rubric
def test_about_half_of_the_labels_pass(half: str, rubric: str) -> None:
    verdicts = [line.verdict(rubric) for lines in replies_by_case(half).values() for line in lines]
    assert 0.4 <= verdicts.count("pass") / len(verdicts) <= 0.6


@each_half
def test_the_two_labels_are_two_questions(half: str) -> None:
    lines = [line for lines in replies_by_case(half).values() for line in lines]
    right_but_wrong_step = [line for line in lines if (line.correctness, line.appropriateness) == ("pass", "fail")]
    wrong_but_right_step = [line for line in lines if (line.correctness, line.appropriateness) == ("fail", "pass")]
    assert len(right_but_wrong_step) >= len(lines) / 10
    assert len(wrong_but_right_step) >= len(lines) / 10


@pytest.mark.parametrize("suite", SUITES)
def test_nothing_leaks_between_the_halves(suite: str) -> None:
    """Neither between the labels of the halves, nor between labels and the other half's dialogues."""
    training, held_out = (
        with_labelled_replies(next(name for name, labelled in HALVES.items() if labelled == (suite, half)))
        for half in ("train", "held_out")
    )
    finder = LeakFinder(load_suite(suite).header)
    for line, dialogue in enumerate(training, start=1):
        finder.learn(line, dialogue)
    assert [(dialogue.id, leak) for dialogue in held_out for leak in finder.leaks(dialogue)] == []


@pytest.mark.parametrize("suite", SUITES)
@each_rubric
def test_little_is_seen_of_the_labels_without_the_dialogue(suite: str, rubric: str) -> None:
    """Else a judge could pass for good that knows bad replies by their wording alone."""
    text = pytest.importorskip("sklearn.feature_extraction.text", reason="needs rejoinder[calibrate]")
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    train, held_out = (half_of(suite, half) for half in ("train", "held_out"))
    vectorizer = text.TfidfVectorizer(ngram_range=(1, 2), min_df=2, token_pattern=r"\w+|[^\w\s]")
    blind = LogisticRegression(C=3, max_iter=1000).fit(
        vectorizer.fit_transform([line.reply for line in train]), [line.verdict(rubric) for line in train]
    )
    scores = blind.decision_function(vectorizer.transform([line.reply for line in held_out]))
    assert roc_auc_score([line.verdict(rubric) == "pass" for line in held_out], scores) < 0.8


@each_half
@each_rubric
def test_the_joined_file_is_read_as_the_cases_of_the_suite(half: str, rubric: str, tmp_path: Path) -> None:
    main([half, rubric, "--out", str(tmp_path / "labels.jsonl")])
    read = read_labels(tmp_path / "labels.jsonl", load_rubric(rubric)).replies
    labelled, known = replies_by_case(half), cases(half)
    assert len(read) == sum(map(len, labelled.values()))
    for reply in read:
        case_id, number = reply.case.id.rsplit("/", 1)
        case, line = known[case_id], labelled[case_id][int(number) - 1]
        assert reply.replies == (line.reply,)
        assert [rating.label for rating in reply.ratings] == [line.verdict(rubric)]
        same = {"id": case.id, "turn": case.turn, "tags": case.tags}  # a labels line has no tags
        assert reply.case.model_copy(update=same) == case


@each_half
def test_references_pass_and_are_not_shown_with_themselves(half: str) -> None:
    added = [line for line in joined_lines(half, "correctness", references=True) if "/reference/" in (line.id or "")]
    assert len(added) == sum(len(case.references) for case in cases(half).values() if len(case.references) > 1)
    for line in added:
        assert line.labels == ("pass",)
        assert line.references
        assert line.reply not in line.references


def test_a_label_for_no_case_is_an_error_with_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = '{"case_id": "coffee-t999#1", "reply": "Hi", "correctness": "pass", "appropriateness": "fail", "why": "x"}'
    (tmp_path / "coffee_train.jsonl").write_text(line, encoding="utf-8")
    monkeypatch.setattr(judge_labels, "FOLDER", tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main(["coffee_train", "correctness", "--out", str(tmp_path / "out.jsonl")])
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert "coffee_train.jsonl" in said
    assert "coffee-t999#1" in said
    assert not (tmp_path / "out.jsonl").exists()
