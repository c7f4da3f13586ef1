"""Disagreements to be looked at again, and certificates held against today's judge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from labelled_replies import ReplyingJudgeModel, label_set, line, pair, rubric_with

from judges.people.calibration import Calibration, Places, calibrate
from judges.people.disagreements import write_disagreements
from judges.people.drift import Drift, drift
from judges.people.labels import read_labels

REPLIES = 80


@pytest.fixture(autouse=True)
def _few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("judges.people.agreement.RESAMPLES", 60)


def judge_of(scores: Mapping[str, float], identity: str = "scripted@00000000") -> ReplyingJudgeModel:
    """Passes each reply with a probability."""
    return ReplyingJudgeModel({reply: {"yes": p, "no": 1 - p} for reply, p in scores.items()}, identity)


def places(folder: Path) -> Places:
    return Places(folder, str(folder / "binary.yaml"))


@pytest.fixture
def people() -> list[int]:
    return np.random.default_rng(4).integers(0, 2, REPLIES).tolist()


async def drifted(folder: Path, people: list[int], then: list[float], now: ReplyingJudgeModel, **more: float) -> Drift:
    rubric = rubric_with("binary", folder)
    labels = label_set(folder, rubric, *(line(f"Reply {i}", y, dialogue_id=f"d{i}") for i, y in enumerate(people)))
    first = judge_of({f"Reply {i}": p for i, p in enumerate(then)})
    certificate = (await calibrate(rubric, first, labels, places(folder))).certificate
    return await drift(certificate, rubric, now, labels, **more)


def noisy(people: list[int], skill: float, seed: int = 1) -> list[float]:
    noise = np.random.default_rng(seed).normal(0, 0.2, len(people))
    return np.clip(0.5 + skill * (np.array(people) - 0.5) + noise, 0.02, 0.98).tolist()


async def test_the_same_judge_holds(tmp_path: Path, people: list[int]) -> None:
    scores = noisy(people, 0.5)
    found = await drifted(tmp_path, people, scores, judge_of({f"Reply {i}": p for i, p in enumerate(scores)}))
    assert found.outcome == "holds"
    assert found.then == found.now
    assert found.difference is not None and (found.difference.low, found.difference.high) == (0, 0)
    assert (found.replies, found.lost, found.other_label, found.mean_change, found.changes) == (80, 0, 0, 0, ())


async def test_another_judge_as_good_holds_and_its_name_is_said(tmp_path: Path, people: list[int]) -> None:
    other = judge_of({f"Reply {i}": p for i, p in enumerate(noisy(people, 0.9, 2))}, "scripted@00000001")
    found = await drifted(tmp_path, people, noisy(people, 0.8), other)
    assert found.outcome == "holds"
    assert [(change.what, change.now) for change in found.changes] == [("judge", "scripted@00000001")]
    assert found.mean_change > 0


async def test_a_judge_at_chance_has_drifted(tmp_path: Path, people: list[int]) -> None:
    blind = judge_of({f"Reply {i}": p for i, p in enumerate(noisy(people, 0.0, 3))})
    found = await drifted(tmp_path, people, noisy(people, 0.8), blind)
    assert found.outcome == "drifted"
    assert "roc_auc was 0.9" in found.reason and "cannot be told from chance" in found.reason
    assert found.difference is not None and found.difference.high < 0
    assert found.other_label is not None and found.other_label > 10


async def test_a_little_worse_is_unclear_until_the_margin_allows_it(tmp_path: Path, people: list[int]) -> None:
    worse = judge_of({f"Reply {i}": p for i, p in enumerate(noisy(people, 0.4, 5))})
    found = await drifted(tmp_path, people, noisy(people, 0.5), worse)
    assert found.outcome == "unclear" and "on both sides of -0.05" in found.reason
    assert (await drifted(tmp_path, people, noisy(people, 0.5), worse, margin=0.3)).outcome == "holds"


async def test_a_judge_that_gives_no_verdicts_has_drifted(tmp_path: Path, people: list[int]) -> None:
    answers = {f"Reply {i}": {"yes": p, "no": 1 - p} for i, p in enumerate(noisy(people, 0.8))}
    mute = ReplyingJudgeModel(answers | {f"Reply {i}": {"maybe": 1.0} for i in range(10)})
    found = await drifted(tmp_path, people, noisy(people, 0.8), mute)
    assert (found.outcome, found.lost) == ("drifted", 10)
    assert found.reason == "today's judge gives no verdict on 10 of 80 replies that it judged then"


async def labels_and_judge(folder: Path) -> Calibration:
    rubric = rubric_with("binary", folder)
    lines = [
        line("Sure of it", 0, 0, id="sure"),
        line("Right", 1),
        line("Doubtful", 0, 0, dialogue_id="d"),
        line("Divided", 0, 0, 1, id="divided"),
        line("A tie", 0, 1),
    ]
    scores = {"Sure of it": 0.99, "Right": 0.9, "Doubtful": 0.6, "Divided": 0.8, "A tie": 0.9}
    return await calibrate(rubric, judge_of(scores), label_set(folder, rubric, *lines), places(folder))


async def test_disagreements_come_surest_first_and_go_back_in_as_mended_labels(tmp_path: Path) -> None:
    calibration = await labels_and_judge(tmp_path)
    assert [each.labelled.replies[0] for each in calibration.disagreements] == ["Sure of it", "Doubtful", "Divided"]
    assert [each.sureness for each in calibration.disagreements] == pytest.approx([0.99, 0.6, 0.8 * 2 / 3])
    file = tmp_path / "again.jsonl"
    write_disagreements(calibration.disagreements, file)
    rows = [json.loads(text) for text in file.read_text(encoding="utf-8").splitlines()]
    assert rows[0]["id"] == "sure" and rows[1]["dialogue_id"] == "d"
    assert rows[0]["note"] == "the judge says pass, people say fail (sureness 0.99)"
    rows[0]["labels"] = ["pass"]
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    rubric = rubric_with("binary", tmp_path)
    labels = read_labels(tmp_path / "labels.jsonl", rubric, mended=file)
    assert [rating.label for rating in labels.replies[0].ratings] == ["pass"]
    scores = {"Sure of it": 0.99, "Right": 0.9, "Doubtful": 0.6, "Divided": 0.8, "A tie": 0.9}
    again = await calibrate(rubric, judge_of(scores), labels, places(tmp_path))
    assert again.certificate.mended is not None
    assert (again.certificate.mended.file, again.certificate.mended.replies) == ("again.jsonl", 3)
    assert [each.labelled.replies[0] for each in again.disagreements] == ["Doubtful", "Divided"]


async def test_scores_far_apart_are_disagreements_where_there_are_no_labels(tmp_path: Path) -> None:
    rubric = rubric_with("numeric", tmp_path)
    labels = label_set(tmp_path, rubric, line("Near", 50), line("Far", 10, 20), line("Farther", 0))
    model = ReplyingJudgeModel({"Near": "Verdict: 60", "Far": "Verdict: 50", "Farther": "Verdict: 90"})
    found = (await calibrate(rubric, model, labels, places(tmp_path))).disagreements
    assert [(each.judge, each.people) for each in found] == [("90", "0"), ("50", "15")]
    assert [each.sureness for each in found] == pytest.approx([0.9, 0.35])


async def test_pairs_are_certified_and_a_preference_that_turns_is_no_verdict(tmp_path: Path) -> None:
    rubric = rubric_with("pair", tmp_path)

    class PlaceModel(ReplyingJudgeModel):
        """Prefers replies that begin with G, else the place."""

        def _answer(self, messages: object) -> Mapping[str, float]:
            assert isinstance(messages, list)
            text = messages[-1]["content"]
            one, two = text.index("Good") if "Good" in text else -1, text.index("Bad") if "Bad" in text else -1
            if -1 in (one, two):
                return {"1": 0.9, "2": 0.1}
            return {"1": 0.8, "2": 0.2} if one < two else {"1": 0.2, "2": 0.8}

    lines = [
        pair("Good one", "Bad one", "first", dialogue_id="a"),
        pair("Bad two", "Good two", "second", "second", dialogue_id="b"),
        pair("Bad three", "Good three", "first", dialogue_id="c"),
        pair("Odd", "Strange", "tie", dialogue_id="d"),
    ]
    labels = label_set(tmp_path, rubric, *lines)
    calibration = await calibrate(rubric, PlaceModel({}), labels, places(tmp_path))
    certificate = calibration.certificate
    assert [(lost.status, lost.replies) for lost in certificate.without_verdict] == [("inconsistent", 1)]
    assert certificate.confusion is not None
    assert certificate.confusion["first"] == {"first": 1, "second": 1, "tie": 0}
    assert certificate.confusion["second"] == {"first": 0, "second": 1, "tie": 0}
    assert certificate.decisive.name == "kappa"
    assert [each.labelled.replies for each in calibration.disagreements] == [("Bad three", "Good three")]


async def test_a_checklist_holds_by_its_scores(tmp_path: Path) -> None:
    rubric = rubric_with("checklist", tmp_path)
    named = [{"polite": "pass", "asks": ("fail", "pass")[i % 2]} for i in range(12)]
    labels = label_set(tmp_path, rubric, *(line(f"Reply {i}", items) for i, items in enumerate(named)))
    judge = judge_of({f"Reply {i}": 0.2 + 0.05 * i for i in range(12)})
    certificate = (
        await calibrate(rubric, judge, labels, Places(tmp_path, str(tmp_path / "checklist.yaml")))
    ).certificate
    found = await drift(certificate, rubric, judge, labels)
    assert (found.then.name, found.then, found.other_label) == ("spearman", found.now, None)
