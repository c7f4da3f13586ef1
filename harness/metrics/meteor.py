"""METEOR of single replies, computed by NLTK.

NLTK matches words that are the same, then words of the same stem, then synonyms from WordNet where that is installed;
the signature says which of the three there were. Finding WordNet is the job of `harness.metrics.wordnet`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from harness.metrics.metric import Measure, Measurement
from harness.metrics.reasons import reasons_in
from harness.metrics.references import References, kept_by_case, without_reference
from harness.metrics.signature import library, signature
from harness.metrics.stemmers import NO_STEMMER, stemmer_for
from harness.metrics.text import primary_language
from harness.metrics.treebank import treebank_words
from harness.metrics.wordnet import Synonyms, SynonymsAmong, no_synonyms, wordnet_status
from suites.cases import Case
from suites.words import words_of


class _PreparedReferences(NamedTuple):
    """The references of a case, as NLTK takes them."""

    tokens: list[Sequence[str]]
    synonyms: SynonymsAmong


class Meteor:
    """METEOR (Lavie and Agarwal 2007, aclanthology.org/W07-0734) with NLTK's parameters, 0 to 1; the best over references.

    English has the values of `nltk.translate.meteor_score.meteor_score` on `word_tokenize(text, preserve_line=True)`.
    Other languages have the words of `suites.words`, the stemmer of `harness.metrics.text`, and no synonyms.
    """

    def __init__(self, language: str) -> None:
        from nltk.translate.meteor_score import meteor_score  # noqa: PLC0415  (nltk takes two seconds to import)

        self._score = meteor_score
        self._language = primary_language(language)
        self._reasons = reasons_in(language)
        self._stemmer = stemmer_for(language)
        wordnet = wordnet_status() if self._language == "en" else None
        self._synonyms_of = Synonyms().of if wordnet and wordnet.place else no_synonyms
        self._prepared = kept_by_case(self._prepare)
        stages = ["exact"]
        if self._stemmer.name != NO_STEMMER:
            stages.append("stem")
        if wordnet and wordnet.place:
            stages.append(f"wordnet-{wordnet.version}")
        measure = Measure(
            name="meteor",
            title="METEOR",
            description="How many words of the reply fit a word of its best reference, and how well their order is kept.",
            kind="reference",
            scale=(0, 1),
            higher_is_better=True,
            signature=signature(
                "meteor",
                f"lang:{self._language}",
                f"match:{'+'.join(stages)}",
                f"tok:{'treebank' if self._language == 'en' else 'words'}",
                f"stem:{self._stemmer.name}",
                "refs:best",
                library("nltk"),
            ),
        )
        self.measures: Sequence[Measure] = (measure,)

    def measure(self, case: Case, reply: str) -> Sequence[Measurement]:
        """The score against the reference that fits best."""
        if not case.references:
            return without_reference(self.measures, self._reasons)
        prepared = self._prepared(case.references)
        score = self._score(prepared.tokens, self._tokenize(reply), stemmer=self._stemmer, wordnet=prepared.synonyms)
        return [Measurement(measure="meteor", value=float(score))]

    def _prepare(self, references: References) -> _PreparedReferences:
        tokens = [self._tokenize(text) for text in references]
        words = {token.lower() for own in tokens for token in own}
        return _PreparedReferences(
            tokens, SynonymsAmong(words.union(map(self._stemmer.stem, words)), self._synonyms_of)
        )

    def _tokenize(self, text: str) -> Sequence[str]:
        if self._language == "en":
            return treebank_words(text)
        return words_of(text)
