"""Scales: which score a label earns, expected scores, and what can be wrong with a scale."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from judges.rubrics.scale import ChecklistScale, NumericScale, Scale, expected_score, off_scale

SCALE: TypeAdapter[Scale] = TypeAdapter(Scale)

BINARY = SCALE.validate_python({"kind": "binary"})
POINTS = SCALE.validate_python({"kind": "ordinal", "lowest": 1, "highest": 5})
TONES = SCALE.validate_python(
    {"kind": "labels", "labels": ["warm", "plain", "rude"], "scores": {"warm": 1, "plain": 0.5, "rude": -1}}
)
ACTS = SCALE.validate_python({"kind": "labels", "labels": ["clarify", "confirm"], "correct": "expectation.act"})


@pytest.mark.parametrize(
    ("scale", "bounds"), [(BINARY, (0, 1)), (POINTS, (1, 5)), (TONES, (-1, 1)), (ACTS, (0, 1))], ids=str
)
def test_bounds_are_the_lowest_and_highest_score(scale: Scale, bounds: tuple[float, float]) -> None:
    assert scale.bounds == bounds
    scores = [scale.score_of(label, correct="clarify") for label in scale.labels]
    assert (min(scores), max(scores)) == bounds


@given(st.lists(st.floats(0.01, 1), min_size=5, max_size=5))
def test_expected_score_lies_between_the_ends_and_is_the_weighted_mean(shares: list[float]) -> None:
    weights = {label: share / sum(shares) for label, share in zip(POINTS.labels, shares, strict=True)}
    mean = sum(point * weights[str(point)] for point in range(1, 6))
    assert expected_score(POINTS, weights) == pytest.approx(mean)
    assert 1 <= expected_score(POINTS, weights) <= 5


def test_a_sure_label_gives_its_own_score() -> None:
    assert expected_score(TONES, {"rude": 1.0}) == -1
    assert expected_score(BINARY, {"pass": 0.25, "fail": 0.75}) == 0.25


def test_the_label_that_the_case_calls_right_scores_one() -> None:
    weights = {"clarify": 0.8, "confirm": 0.2}
    assert expected_score(ACTS, weights, correct="clarify") == pytest.approx(0.8)
    assert expected_score(ACTS, weights, correct="confirm") == pytest.approx(0.2)
    assert expected_score(ACTS, weights, correct="refuse") == 0


def test_checklist_items_count_by_their_weights() -> None:
    scale = ChecklistScale(kind="checklist", items={"polite": 1, "right_items": 3})
    assert scale.combined({"polite": 1.0, "right_items": 0.0}) == pytest.approx(0.25)
    assert scale.combined({"polite": 1.0, "right_items": 1.0}) == 1


@pytest.mark.parametrize(
    ("lowest", "highest", "step", "labels"),
    [(0, 3, 1, ("0", "1", "2", "3")), (0, 10, 1, ()), (-1, 1, 1, ()), (0, 1, 0.5, ()), (0.5, 3.5, 1, ())],
)
def test_only_one_digit_numbers_can_be_read_by_their_first_token(
    lowest: float, highest: float, step: float, labels: tuple[str, ...]
) -> None:
    assert NumericScale(kind="numeric", lowest=lowest, highest=highest, step=step).labels == labels


@pytest.mark.parametrize(
    ("bands", "said"),
    [
        ({"poor": (0, 5), "good": (5, 10)}, "the bands 'poor' and 'good' overlap at 5"),
        ({"good": (7, 10), "poor": (0, 5)}, "no band covers 6, between 'poor' and 'good'"),
        ({"poor": (0, 5), "good": (6, 9)}, "must begin at 0 and end at 10"),
        ({"poor": (1, 5), "good": (6, 10)}, "must begin at 0 and end at 10"),
        ({"poor": (5, 0)}, "ends at 0, before it begins at 5"),
    ],
)
def test_bands_that_overlap_or_leave_a_gap_are_faults(bands: dict[str, tuple[float, float]], said: str) -> None:
    faults = list(NumericScale(kind="numeric", highest=10, bands=bands).faults())
    assert said in faults[0][0]
    assert faults[0][1][0] == "bands"


def test_bands_that_cover_the_scale_have_no_fault() -> None:
    assert not list(NumericScale(kind="numeric", highest=10, bands={"good": (6, 10), "poor": (0, 5)}).faults())
    tenths = NumericScale(kind="numeric", highest=1, step=0.1, bands={"poor": (0, 0.3), "good": (0.4, 1)})
    assert not list(tenths.faults())


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "ordinal", "lowest": 3, "highest": 3}, "not above its lowest point"),
        ({"kind": "labels", "labels": ["a", "a"], "scores": {"a": 1}}, "'a' is listed twice"),
        ({"kind": "labels", "labels": ["a", "b"]}, "needs either `scores`"),
        ({"kind": "labels", "labels": ["a", "b"], "scores": {"a": 1}}, "the label 'b' has no score"),
        ({"kind": "labels", "labels": ["a", "b"], "scores": {"a": 1, "b": 0, "c": 2}}, "no label 'c'"),
        ({"kind": "labels", "labels": ["clarify", "confrm"], "correct": "expectation.act"}, "did you mean 'confirm'"),
        (
            {"kind": "labels", "labels": ["clarify"] * 2, "scores": {"clarify": 1}, "correct": "expectation.act"},
            "listed twice",
        ),
    ],
)
def test_a_scale_says_what_is_wrong_with_it(fields: dict[str, object], said: str) -> None:
    assert said in next(iter(SCALE.validate_python(fields).faults()))[0]


@pytest.mark.parametrize(
    ("scale", "on", "off"),
    [
        (BINARY, "pass", "yes"),
        (POINTS, "5", "6"),
        (NumericScale(kind="numeric", highest=10), "7.5", "10.5"),
        (NumericScale(kind="numeric", highest=10), "0", "many"),
        (ChecklistScale(kind="checklist", items={"a": 1}), {"a": "pass"}, {"a": "yes"}),
        (ChecklistScale(kind="checklist", items={"a": 1}), {"a": "fail"}, "fail"),
        (ChecklistScale(kind="checklist", items={"a": 1, "b": 1}), {"a": "fail", "b": "pass"}, {"a": "fail"}),
        (BINARY, "fail", {"a": "fail"}),
    ],
)
def test_a_verdict_is_on_the_scale_or_told_why_not(scale: Scale, on: object, off: object) -> None:
    assert off_scale(scale, on) is None  # type: ignore[arg-type]
    assert off_scale(scale, off)  # type: ignore[arg-type]
