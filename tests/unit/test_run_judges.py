"""The judges that a spec names: pairs, juries, judges with a model of their own, and what is said of their faults."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from harness.engines.engine import Candidate, ModelIdentity
from harness.judging.judge_models import judge_measure
from harness.judging.juries import check_weights, jury_measures
from harness.judging.run_judges import Judging, judging_of
from harness.preparation import prepare
from harness.spec import read_spec
from judges.jury_weights import JuryWeights
from judges.loading import BUILTIN, load_rubric
from suites.userfile import InputError

SPEC = """\
suite: coffee_orders
engine: {kind: recorded, options: {replies: replies.jsonl}}
candidates: {base: {}, june: {}}
judge_engine: {kind: openai, model: judge, options: {base_url: "http://127.0.0.1:9/v1"}}
"""

TWO_JUDGES = """\
judges:
  - {rubric: style}
  - {rubric: appropriateness}
"""


class NamedEngine:
    """Knows who answers, and nothing else."""

    def identity(self, candidate: str) -> ModelIdentity:
        return ModelIdentity(name=candidate, base="0" * 32)


def judging(folder: Path, text: str, spec: str = SPEC) -> Judging:
    file = folder / "eval.yaml"
    file.write_text(spec + text, encoding="utf-8")
    found = judging_of(read_spec(file), "en")
    check_weights(found.spec_file)
    return found


def test_a_spec_with_pairs_and_juries(tmp_path: Path) -> None:
    text = (
        "judges:\n  - {rubric: better_reply, pairs: all}\n  - {rubric: style}\n"
        "  - {rubric: style, name: style_strict, model: strict}\n"
        "juries:\n  manner: {members: [style, style_strict], combine: majority, title: Manner}\n"
    )
    made = judging(tmp_path, text).at_work(NamedEngine())  # type: ignore[arg-type]
    assert [judge.measure for judge in made.singles] == ["style", "style_strict"]
    assert [(one.judge.measure, one.pairs) for one in made.comparing] == [("better_reply", "all")]
    (jury,) = made.juries
    assert [member.measure for member in jury.members] == ["style", "style_strict"]
    assert (jury.combine, jury.quorum, jury.bounds) == ("majority", 2, (0.0, 1.0))
    assert "judge:judge.style_strict@" in jury.members[1].signature and "judge:judge@" in jury.members[0].signature
    score, apart = jury_measures(jury)
    assert (score.name, score.kind, score.higher_is_better) == ("manner", "judge", True)
    assert [measure.judged_by for measure in (score, apart, *map(judge_measure, made.singles))] == [
        *("jury", "jury", "rubric", "rubric")
    ]
    assert made.comparing[0].measure().judged_by == "rubric"
    assert (apart.name, apart.scale, apart.higher_is_better) == ("manner.disagreement", (0, 1), False)


def test_judges_with_a_model_or_adapter_of_their_own_are_served_beside_the_judge(tmp_path: Path) -> None:
    text = "judges:\n  - {rubric: style, adapter: ./strict}\n  - {rubric: appropriateness, model: other}\n"
    found = judging(tmp_path, text)
    assert found.jurors() == {
        "judge.style": Candidate(adapter=tmp_path / "strict"),
        "judge.appropriateness": Candidate(model="other"),
    }


FAULTS = {
    "one candidate": (
        "judges:\n  - {rubric: better_reply, pairs: baseline}\n",
        r"eval\.yaml:6: judges\.0\.pairs: there is one candidate only, so there is nothing to compare",
        SPEC.replace(", june: {}", ""),
    ),
    "pairs of a single rubric": (
        "judges:\n  - {rubric: style, pairs: all}\n",
        r"eval\.yaml:6: judges\.0\.pairs: is for rubrics that compare two replies",
    ),
    "a pair rubric alone": (
        "judges:\n  - {rubric: better_reply}\n",
        r"eval\.yaml:6: judges\.0\.rubric: compares two replies; add `pairs: baseline`",
    ),
    "unknown way of pairing": (
        "judges:\n  - {rubric: better_reply, pairs: some}\n",
        r"eval\.yaml:6: judges\.0\.pairs: .*baseline.*all",
    ),
    "unknown candidate": (
        "baseline: jun\njudges:\n  - {rubric: better_reply, pairs: baseline}\n",
        r"eval\.yaml:5: baseline: there is no candidate 'jun'; did you mean 'june'\?",
    ),
    "twice the same": (
        "judges:\n  - {rubric: style}\n  - {rubric: style}\n",
        r"eval\.yaml:7: judges\.1\.rubric: 'style' is named twice; give one of the two a `name`",
    ),
    "empty jury": (
        f"{TWO_JUDGES}juries:\n  panel: {{members: []}}\n",
        r"eval\.yaml:9: juries\.panel\.members: needs two members or more",
    ),
    "unknown member": (
        f"{TWO_JUDGES}juries:\n  panel: {{members: [style, correctnes]}}\n",
        r"eval\.yaml:9: juries\.panel\.members\.1: there is no judge of single replies under `judges` 'correctnes'",
    ),
    "a member twice": (
        f"{TWO_JUDGES}juries:\n  panel: {{members: [style, style]}}\n",
        r"juries\.panel\.members\.1: 'style' is listed twice",
    ),
    "a member that compares": (
        f"{TWO_JUDGES}  - {{rubric: better_reply, pairs: all}}\njuries:\n  panel: {{members: [style, better_reply]}}\n",
        r"juries\.panel\.members\.1: 'better_reply' compares two replies",
    ),
    "named like a judge": (
        f"{TWO_JUDGES}juries:\n  style: {{members: [style, appropriateness]}}\n",
        r"juries\.style: is the name of a judge already",
    ),
    "too large a quorum": (
        f"{TWO_JUDGES}juries:\n  panel: {{members: [style, appropriateness], quorum: 3}}\n",
        r"juries\.panel\.quorum: is more than the 2 members",
    ),
    "fitted without weights": (
        f"{TWO_JUDGES}juries:\n  panel: {{members: [style, appropriateness], combine: fitted}}\n",
        r"juries\.panel\.combine: needs `weights: FILE`, which `rejoinder judge fit-jury` writes",
    ),
    "weights without fitted": (
        f"{TWO_JUDGES}juries:\n  panel: {{members: [style, appropriateness], weights: w.json}}\n",
        r"juries\.panel\.weights: is for `combine: fitted`",
    ),
    "weights that are not there": (
        f"{TWO_JUDGES}juries:\n  panel: {{members: [style, appropriateness], combine: fitted, weights: w.json}}\n",
        r"w\.json: cannot be read \(No such file or directory\); make it with `rejoinder judge fit-jury`",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_are_one_sentence_at_their_place(tmp_path: Path, name: str) -> None:
    text, sentence, *spec = FAULTS[name]
    with pytest.raises(InputError, match=sentence):
        judging(tmp_path, text, *spec)


def test_a_majority_needs_labels_that_are_shared(tmp_path: Path) -> None:
    text = (
        "judges:\n  - {rubric: style}\n  - {rubric: dialogue_act}\n"
        "juries:\n  panel: {members: [style, dialogue_act], combine: majority}\n"
    )
    with pytest.raises(InputError, match=r"eval\.yaml:9: juries\.panel\.members\.1: has no labels with a score each"):
        judging(tmp_path, text).at_work(NamedEngine())  # type: ignore[arg-type]


FITTED = f"{TWO_JUDGES}juries:\n  panel: {{members: [style, appropriateness], combine: fitted, weights: w.json}}\n"


def write_weights(file: Path, signatures: dict[str, str]) -> None:
    weights = JuryWeights.model_validate(
        {
            "schema": 1,
            "jury": "panel",
            "fitted": {"link": "logistic", "intercept": 0.0, "weights": dict.fromkeys(signatures, 1.0)},
            "signatures": signatures,
            "labels": "labels.jsonl",
            "labels_hash": "0",
            "replies": 1,
            "left_out": 0,
            "contexts": 1,
            "penalty": 1.0,
            "cross_validated": {},
        }
    )
    file.write_text(weights.model_dump_json(by_alias=True), encoding="utf-8")


def test_fitted_weights_hold_for_the_judges_they_were_fitted_with(tmp_path: Path) -> None:
    write_weights(tmp_path / "w.json", {"style": "other", "appropriateness": "other"})
    found = judging(tmp_path, FITTED)
    with pytest.raises(
        InputError, match=r"eval\.yaml:9: juries\.panel\.weights: was fitted with another 'style' \(other"
    ):
        found.at_work(NamedEngine())  # type: ignore[arg-type]
    plain = judging(tmp_path, TWO_JUDGES).at_work(NamedEngine())  # type: ignore[arg-type]
    write_weights(tmp_path / "w.json", {judge.measure: judge.signature for judge in plain.singles})
    (jury,) = judging(tmp_path, FITTED).at_work(NamedEngine()).juries  # type: ignore[arg-type]
    assert jury.fitted is not None and jury.fitted.weights == {"style": 1, "appropriateness": 1}
    digests = judging(tmp_path, FITTED).digests()
    (tmp_path / "w.json").write_text((tmp_path / "w.json").read_text() + " ")
    assert judging(tmp_path, FITTED).digests() != digests


def test_weights_that_are_no_weights(tmp_path: Path) -> None:
    (tmp_path / "w.json").write_text(json.dumps({"schema": 1}))
    with pytest.raises(InputError, match=r"w\.json: jury: is not a file of jury weights"):
        judging(tmp_path, FITTED)


def test_another_model_needs_an_endpoint(tmp_path: Path) -> None:
    (tmp_path / "eval.yaml").write_text(
        SPEC.replace(
            'kind: openai, model: judge, options: {base_url: "http://127.0.0.1:9/v1"}', "kind: transformers, model: m"
        )
        + "judges:\n  - {rubric: style, model: other}\n"
    )
    with pytest.raises(InputError, match=r"judges\.0\.model: another model beside the judges' own needs an endpoint"):
        prepare(read_spec(tmp_path / "eval.yaml"))
    (tmp_path / "eval.yaml").write_text("suite: coffee_orders\ncandidates: {judge.x: {}}\n")
    with pytest.raises(InputError, match=r"candidates\.judge\.x: 'judge\.x' is a judge's name"):
        prepare(read_spec(tmp_path / "eval.yaml"))


def test_the_guide_is_right(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "pairs-and-juries.md").read_text(encoding="utf-8")
    pairs, rubric, jury = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "warmer.yaml").write_text(rubric, encoding="utf-8")
    assert load_rubric(tmp_path / "warmer.yaml").compares_pairs
    head = "suite: coffee_orders\n"
    assert [one.spec.pairs for one in judging(tmp_path, pairs, head).judges] == ["baseline"]
    (tmp_path / "rubrics").mkdir()
    other = (BUILTIN / "appropriateness.yaml").read_text(encoding="utf-8")
    (tmp_path / "rubrics" / "appropriateness_2.yaml").write_text(
        other.replace("name: appropriateness", "name: appropriateness_2")
    )
    base = f"{head}candidates: {{base: {{}}, june: {{}}}}\n"
    (made,) = judging(tmp_path, jury, base).at_work(NamedEngine()).juries  # type: ignore[arg-type]
    assert (made.combine, made.quorum, len(made.members)) == ("median", 2, 3)
