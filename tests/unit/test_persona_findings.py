"""Lift, style gaps and authorship from rows of the persona tables, against what defines them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from report_run_folder import measure as measure_record
from scipy import stats

from judges.loading import load_rubric
from reports.persona.authorship import authorship_of
from reports.persona.findings import Imitator
from reports.persona.lift import Values, lifts_of, values_of_person
from reports.persona.price import is_price
from reports.persona.samples import columns_of, jackknife_interval, left_out_means
from reports.persona.style import StyleOfPerson
from reports.records import MeasureOfRun
from reports.scores import STATUSES, Scores
from reports.statistics.clusters import robust_errors

JUNE = Imitator(candidate="june", person="june", prompt_only="june.prompt_only", other_card="june.other_card")


def row(candidate: str | None, dialogue: str, measure: str, value: float, **changes: Any) -> dict[str, Any]:
    return {
        "candidate": candidate,
        "person": "june",
        "half": "held_out",
        "dialogue_id": dialogue,
        "case_id": f"{dialogue}#1",
        "seed": None if candidate is None else 0,
        "measure": measure,
        "against": None,
        "count": 1.0,
        "total": value,
        "squares": value**2,
        **changes,
    }


def style_rows(
    means: dict[str | None, float], generator: np.random.Generator, dialogues: int = 20
) -> list[dict[str, Any]]:
    """Words a reply around some mean for each author, 10 ± 2 for the person in the training half."""
    rows = [row(None, f"t{number}", "words", 10 + 2 * generator.normal(), half="train") for number in range(dialogues)]
    return rows + [
        row(author, f"h{number}", "words", mean + 2 * generator.normal())
        for number in range(dialogues)
        for author, mean in means.items()
    ]


def test_the_jackknife_of_a_mean_is_the_classical_interval() -> None:
    values = np.random.default_rng(0).normal(3, 1, 17)
    columns = columns_of([row(None, f"d{i}", "words", value) for i, value in enumerate(values)], lambda one: "words")
    found = jackknife_interval(float(values.mean()), [columns.left_out()["words"]])
    low, high = stats.t.interval(0.95, 16, values.mean(), stats.sem(values))
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high))


def test_the_jackknife_of_two_samples_is_welchs_interval() -> None:
    generator = np.random.default_rng(1)
    one, other = generator.normal(5, 1, 12), generator.normal(3, 4, 30)

    def without(values: np.ndarray) -> np.ndarray:
        return (values.sum() - values) / (len(values) - 1)

    found = jackknife_interval(
        float(one.mean() - other.mean()), [without(one) - other.mean(), one.mean() - without(other)]
    )
    welch = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((welch.low, welch.high))


def test_few_dialogues_have_no_interval() -> None:
    assert jackknife_interval(1.0, [np.ones(4)]) is None
    assert jackknife_interval(1.0, [np.array([1.0, np.nan, 1, 1, 1, 1])]) is None


def test_columns_add_up_by_dialogue() -> None:
    rows = [
        row(None, "a", "words", 2),
        row(None, "a", "words", 4),
        row(None, "b", "words", 9),
        row("x", "b", "emoji", 1),
    ]
    columns = columns_of(rows, lambda one: one["measure"])
    assert columns.keys == ("words", "emoji")
    assert columns.sums.means.tolist() == [5.0, 1.0]
    assert columns.sums.dialogues.tolist() == [2, 1]
    assert left_out_means(columns.sums)[:, 0].tolist() == [9.0, 3.0]
    assert np.isnan(robust_errors(columns.sums).errors[1])


def values_of(generator: np.random.Generator, means: Sequence[float], dialogues: int = 15) -> Values:
    names = ("generic", "june", "june.prompt_only", "june.other_card")
    own = tuple(f"d{number // 2}" for number in range(2 * dialogues))
    values = np.array(means)[:, np.newaxis] + generator.normal(0, 0.3, (4, len(own)))
    return Values("likeness", names, values, own, len(own))


def test_lift_less_a_controls_lift_is_the_imitator_less_the_control() -> None:
    values = values_of(np.random.default_rng(2), (0.1, 0.9, 0.5, 0.9))
    values.values[2, :4] = np.nan  # the control missed some contexts: there nothing is compared
    (lift,) = lifts_of(JUNE, "generic", [values])
    matched = values.values[:, 4:].mean(axis=1)
    prompt, other = lift.controls
    assert lift.lift.value == pytest.approx(float((values.values[1] - values.values[0]).mean()))
    assert prompt.lift.value == pytest.approx(float(matched[2] - matched[0]))
    assert prompt.beyond.value == pytest.approx(float((matched[1] - matched[0]) - (matched[2] - matched[0])))
    assert (lift.lift.relation, prompt.beyond.relation, other.beyond.relation) == ("better", "better", "unclear")


def test_without_controls_there_is_lift_alone() -> None:
    alone = Imitator(candidate="june", person="june", prompt_only=None, other_card=None)
    (lift,) = lifts_of(alone, "generic", [values_of(np.random.default_rng(3), (0, 1, 0, 0))])
    assert lift.controls == ()


def judged_scores(name: str) -> Scores:
    """What one judged measure says of the generic model and of June's imitator in two dialogues."""
    values = np.array([[[0.25, 0.5], [0.75, 1.0]]])
    return Scores(
        measures=(MeasureOfRun.model_validate(measure_record(name)),),
        candidates=("generic", "june"),
        dialogues=np.arange(2, dtype=np.int32),
        values=values,
        unmeasured=np.zeros(values.shape, bool),
        statuses=np.zeros((1, 2, len(STATUSES)), np.int64),
    )


@pytest.mark.parametrize("name", ["persona_consistency", "style", "tone", "formality", "humour", "empathy"])
def test_built_in_rubrics_of_the_person_tell_nearness_and_are_no_price(name: str) -> None:
    scores = judged_scores(load_rubric(name).name)
    rows = [row("june", dialogue, "words", 9) for dialogue in ("d1", "d2")]
    (values,) = values_of_person("june", rows, {}, scores, ["d1#1", "d2#1"])
    (lift,) = lifts_of(JUNE, "generic", [values])
    assert (lift.measure, lift.lift.value) == (name, 0.5)
    assert not is_price(scores.measures[0])


@pytest.mark.parametrize("name", ["correctness", "leads_dialogue", "house_tone"])
def test_other_judged_measures_are_price(name: str) -> None:
    scores = judged_scores(name)
    assert not list(values_of_person("june", [row("june", "d1", "words", 9)], {}, scores, ["d1#1", "d2#1"]))
    assert is_price(scores.measures[0])


def test_the_gap_is_the_distance_in_standard_deviations_between_replies() -> None:
    generator = np.random.default_rng(4)
    rows = style_rows({None: 10, "generic": 16, "june": 11, "june.prompt_only": 14}, generator)
    style = StyleOfPerson(rows, "june", ["generic", "june", "june.prompt_only"])
    found = style.findings("generic")
    assert found is not None
    training = [one["total"] for one in rows if one["half"] == "train"]
    generic = np.mean([one["total"] for one in rows if one["candidate"] == "generic"])
    gaps = {gap.candidate: gap for gap in found.gaps}
    assert gaps["generic"].gap.value == pytest.approx((generic - np.mean(training)) / np.std(training))
    nearer = gaps["june"].nearer
    assert nearer is not None
    assert nearer.value == pytest.approx(gaps["generic"].gap.value - gaps["june"].gap.value)
    assert nearer.relation == "better"
    assert gaps[None].nearer is gaps["generic"].nearer is None
    assert gaps[None].gap.interval is not None
    assert gaps[None].gap.interval.low >= 0
    lift = style.lift(JUNE, "generic")
    assert lift is not None
    assert lift.lift == nearer
    assert [control.control for control in lift.controls] == ["june.prompt_only"]
    assert lift.controls[0].beyond.value == pytest.approx(lift.lift.value - lift.controls[0].lift.value)


def test_intervals_of_nearness_hold_the_truth() -> None:
    """Nominal 95 %: of 200 runs 10 ± 3 may miss; 20 or more happen by chance in fewer than one of 300 such tests."""
    generator = np.random.default_rng(5)
    missed = 0
    for _ in range(200):
        rows = style_rows({"generic": 14, "june": 12}, generator, dialogues=12)
        training = np.std([one["total"] for one in rows if one["half"] == "train"])
        nearer = StyleOfPerson(rows, "june", ["generic", "june"]).lift(JUNE, "generic")
        assert nearer is not None
        assert nearer.lift.interval is not None
        truth = (14 - 12) / training  # the scale is taken as it was found
        missed += not nearer.lift.interval.low <= truth <= nearer.lift.interval.high
    assert missed <= 19


def test_a_person_without_training_replies_has_no_style() -> None:
    rows = [one for one in style_rows({None: 10, "june": 11}, np.random.default_rng(6)) if one["half"] == "held_out"]
    style = StyleOfPerson(rows, "june", ["june"])
    assert style.findings("generic") is None
    assert style.lift(JUNE, "generic") is None


def attributed(candidate: str | None, person: str, dialogue: str, probability: float) -> list[dict[str, Any]]:
    """Rows of one reply that is June's with some probability, and Bo's otherwise."""
    own = {"person": person, "dialogue_id": dialogue, "case_id": f"{dialogue}#1"}
    found = []
    for against, chance in (("june", probability), ("bo", 1 - probability)):
        for measure, value in (
            ("probability", chance),
            ("attributed", float(chance > 0.5)),
            ("likeness", chance / 2),
            ("lead", chance - 0.5),
        ):
            found.append(row(candidate, dialogue, measure, value, against=against, **own))
    return found


def test_authorship_is_counted_on_real_replies_and_on_each_persons_contexts() -> None:
    rows = [one for number in range(6) for one in attributed(None, "june", f"j{number}", 0.9 if number else 0.2)]
    rows += [one for number in range(3) for one in attributed(None, "bo", f"b{number}", 0.1)]
    rows += [one for number in range(6) for one in attributed("june", "june", f"j{number}", 0.8)]
    rows += [one for number in range(3) for one in attributed("june", "bo", f"b{number}", 0.8)]
    rows += [one for number in range(6) for one in attributed("generic", "june", f"j{number}", 0.3)]
    found = authorship_of(
        rows, [Imitator(candidate="june", person="june", prompt_only=None, other_card=None)], "generic"
    )
    assert found.accuracy is not None
    assert found.accuracy.value == pytest.approx(8 / 9)
    assert found.chance == pytest.approx(6 / 9)
    assert found.calibration_error == pytest.approx((abs(5 * 0.1 + 3 * 0.1) + abs(-0.8)) / 9)
    own = {one.candidate: one for one in found.rows}
    assert own[None].shares == {"june": pytest.approx(5 / 6), "bo": pytest.approx(1 / 6)}
    assert own["june"].own is not None
    assert own["june"].own.value == 1.0
    assert own["june"].own.dialogues == 6  # Bo's contexts are not June's
    assert own["generic"].lead is not None
    assert own["generic"].lead.value == pytest.approx(-0.2)
