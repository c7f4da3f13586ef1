"""Juries: how members' verdicts become one, how far they are apart, and what is missing is never a number."""

from __future__ import annotations

import math
from typing import Any

import pytest

from judges.jury import FittedWeights, Juror, Jury, disagreement
from judges.verdict import Verdict

PASS_FAIL = {"pass": 1.0, "fail": 0.0}


def jury(combine: Any = "mean", *, members: int = 3, quorum: int | None = None, **changes: Any) -> Jury:
    own = {"bounds": (0.0, 1.0), "label_scores": PASS_FAIL} | changes.pop("juror", {})
    return Jury(
        name="panel",
        title="Panel",
        description="d",
        members=tuple(Juror(measure=f"m{i}", signature=f"s{i}", **own) for i in range(members)),
        combine=combine,
        quorum=quorum or members,
        **changes,
    )


def verdicts(*scores: float | str | None) -> dict[str, Verdict]:
    """A score, a label of pass and fail, or None for what could not be read."""
    made = {}
    for index, score in enumerate(scores):
        fields: dict[str, Any] = {"rubric": f"m{index}", "signature": f"s{index}"}
        if score is None:
            fields |= {"status": "unparsed", "reason": "no verdict"}
        elif isinstance(score, str):
            fields |= {"label": score, "score": PASS_FAIL[score]}
        else:
            fields |= {"score": score}
        made[f"m{index}"] = Verdict(**fields)
    return made


@pytest.mark.parametrize(("combine", "score"), [("mean", 0.5), ("median", 0.6)])
def test_mean_and_median(combine: str, score: float) -> None:
    verdict, apart = jury(combine).verdicts(verdicts(0.1, 0.6, 0.8))
    assert verdict.score == pytest.approx(score)
    assert apart.score == pytest.approx((0.5 + 0.7 + 0.2) / 3)
    assert (verdict.rubric, apart.rubric) == ("panel", "panel.disagreement")


def test_members_on_one_scale_keep_it_and_others_are_put_on_0_to_1() -> None:
    points = jury(juror={"bounds": (1.0, 5.0)})
    verdict, apart = points.verdicts(verdicts(1.0, 3.0, 5.0))
    assert (points.bounds, verdict.score) == ((1.0, 5.0), 3.0)
    assert apart.score == pytest.approx((0.5 + 1 + 0.5) / 3)
    mixed = jury(members=2).model_copy(
        update={
            "members": (
                Juror(measure="m0", signature="s0", bounds=(1.0, 5.0)),
                Juror(measure="m1", signature="s1", bounds=(0.0, 1.0)),
            )
        }
    )
    assert mixed.bounds == (0.0, 1.0)
    assert mixed.verdicts(verdicts(4.0, 0.25))[0].score == pytest.approx(0.5)


def test_the_majority_has_its_label_and_a_split_has_none() -> None:
    verdict, apart = jury("majority").verdicts(verdicts("pass", "fail", "pass"))
    assert (verdict.label, verdict.score, apart.score) == ("pass", 1.0, pytest.approx(2 / 3))
    split, apart = jury("majority", members=2).verdicts(verdicts("pass", "fail"))
    assert (split.status, split.score) == ("unparsed", None)
    assert split.reason == "no label has the most votes: 1 pass, 1 fail"
    assert apart.score == 1


@pytest.mark.parametrize("combine", ["mean", "median", "majority"])
def test_what_is_missing_is_never_a_number(combine: str) -> None:
    given = verdicts("pass", None, "pass")
    verdict, apart = jury(combine).verdicts(given)
    assert (verdict.status, verdict.score, apart.status, apart.score) == ("unparsed", None, "unparsed", None)
    assert verdict.reason is not None and "2 of 3 members have a verdict" in verdict.reason
    assert "m1: unparsed (no verdict)" in verdict.reason
    by_quorum, apart = jury(combine, quorum=2).verdicts(given)
    assert (by_quorum.score, apart.score) == (1.0, 0.0)
    alone, apart = jury(combine, quorum=1).verdicts(verdicts(None, "pass", None))
    assert (alone.score, apart.status) == (1.0, "skipped")


def test_fitted_weights() -> None:
    weights = {"m0": 2.0, "m1": -1.0}
    logistic = FittedWeights(link="logistic", intercept=0.5, weights=weights)
    verdict, _ = jury("fitted", members=2, fitted=logistic).verdicts(verdicts(0.9, 0.2))
    assert verdict.score == pytest.approx(1 / (1 + math.exp(-(0.5 + 1.8 - 0.2))))
    linear = FittedWeights(link="linear", intercept=0.1, weights=weights)
    points = jury("fitted", members=2, fitted=linear, juror={"bounds": (1.0, 5.0)})
    assert points.verdicts(verdicts(2.0, 1.0))[0].score == pytest.approx(1 + 4 * (0.1 + 2 * 0.25))
    assert points.verdicts(verdicts(5.0, 1.0))[0].score == 5  # never off the scale
    assert "(logistic:0.5;2,-1)" in jury("fitted", members=2, fitted=logistic).signature


def test_disagreement_is_0_where_all_agree_and_1_between_both_ends() -> None:
    assert disagreement([0.3, 0.3, 0.3]) == 0
    assert disagreement([0.0, 1.0]) == 1
    assert disagreement([0.0, 1.0, 1.0]) == pytest.approx(2 / 3)
