"""BLEU and chrF against sacreBLEU's public functions."""

from __future__ import annotations

import json

import pytest
import sacrebleu
from metric_cases import WRITTEN_PAIRS, case_with, real_pairs
from sacrebleu.metrics import BLEU, CHRF

from harness.metrics.metric import Measurement
from harness.metrics.sacrebleu_metrics import Bleu, Chrf

LANGUAGES = ["en", "ru"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("pairs", [WRITTEN_PAIRS.get, real_pairs], ids=["written", "real"])
def test_sentence_scores_are_sacrebleus(language, pairs):
    bleu, chrf = Bleu(language), Chrf(language)
    for reply, references in pairs(language):
        case = case_with(*references, language=language)
        expected_bleu = sacrebleu.sentence_bleu(reply, references).score
        expected_chrf = sacrebleu.sentence_chrf(reply, references).score
        assert bleu.measure(case, reply)[0].value == pytest.approx(expected_bleu, abs=1e-9)
        assert chrf.measure(case, reply)[0].value == pytest.approx(expected_chrf, abs=1e-9)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("pairs", [WRITTEN_PAIRS.get, real_pairs], ids=["written", "real"])
@pytest.mark.parametrize(("make", "library"), [(Bleu, BLEU()), (Chrf, CHRF())], ids=["bleu", "chrf"])
def test_summed_statistics_give_sacrebleus_corpus_score(language, pairs, make, library):
    metric = make(language)
    replies, references = zip(*pairs(language), strict=True)
    measured = []
    for reply, own in zip(replies, references, strict=True):
        measurement = metric.measure(case_with(*own, language=language), reply)[0]
        logged = Measurement.model_validate_json(measurement.model_dump_json())
        measured.append((reply, {logged.measure: logged}))
    most = max(map(len, references))
    padded = [[own[i] if i < len(own) else None for own in references] for i in range(most)]
    expected = library.corpus_score(list(replies), padded).score
    name = metric.measures[0].name
    assert metric.corpus_values(iter(measured)) == {name: pytest.approx(expected, abs=1e-9)}


@pytest.mark.parametrize(
    "reply", ["Ok", "Yes, two.", "What size would you like?", "Да", "Какой размер желаете?", "👍", "42"]
)
@pytest.mark.parametrize("make", [Bleu, Chrf])
def test_a_reply_equal_to_its_reference_scores_exactly_100(make, reply):
    metric = make("ru")
    measurement = metric.measure(case_with("Something else.", reply), reply)[0]
    assert 100 - 1e-9 < measurement.value <= 100
    corpus = metric.corpus_values([(reply, {measurement.measure: measurement})])
    if make is Chrf:
        assert 100 - 1e-9 < corpus["chrf"] <= 100


@pytest.mark.parametrize("make", [Bleu, Chrf])
def test_an_empty_reply_scores_0_and_counts_in_the_corpus(make):
    metric = make("en")
    case = case_with("What size would you like?")
    empty, full = metric.measure(case, "")[0], metric.measure(case, case.references[0])[0]
    assert empty.status == "ok"
    assert empty.value == 0
    corpus = metric.corpus_values([("", {empty.measure: empty}), (case.references[0], {full.measure: full})])
    assert 0 < corpus[empty.measure] < 100


def test_no_measured_reply_gives_no_corpus_score():
    bleu = Bleu("en")
    skipped = bleu.measure(case_with(), "Ok")[0]
    assert skipped.status == "skipped"
    assert bleu.corpus_values([("Ok", {"bleu": skipped}), ("Ok", {})]) == {}


@pytest.mark.parametrize(
    ("make", "library"), [(Bleu, BLEU(effective_order=True)), (Chrf, CHRF())], ids=["bleu", "chrf"]
)
def test_the_signature_holds_sacrebleus_own(make, library):
    library.corpus_score(["a", "b"], [["a", "b"], ["c", None]])
    own = str(library.get_signature())
    assert "nrefs:var" in own
    measure = make("en").measures[0]
    assert measure.signature.startswith(f"{measure.name}|{own}|")
    assert json.loads(measure.model_dump_json())["scale"] == [0, 100]
