"""Whose reply is this? A classifier and a likeness, both of character n-grams, learned from the persons' training replies.

Character n-grams with a linear model are the plain method that holds its own in comparisons of authorship attribution, most
of all on few and short texts (Stamatatos 2009, doi:10.1002/asi.21001; Tyo et al. 2022, arXiv:2209.06869).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from harness.persona.persons import PersonReply
from reports.persona.tables import NOBODY

if TYPE_CHECKING:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.feature_extraction.text import TfidfVectorizer

FEWEST_REPLIES: Final = 10
"""A person with fewer training replies is not told apart from others."""
_FOLDS: Final = 5
_NGRAMS: Final = (2, 4)

FloatArray = npt.NDArray[np.float64]


class Attribution:
    """Knows the persons of a suite by their training replies; dialogues that are no persona's are one person more."""

    def __init__(self, replies: Sequence[PersonReply]) -> None:
        """Learn.

        Args:
            replies: Of both halves; only those of the training half are learned from.
        """
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - heavy, and an extra

        by_person: dict[str, list[PersonReply]] = defaultdict(list)
        for reply in replies:
            if reply.half == "train" and reply.text is not None:
                by_person[reply.person or NOBODY].append(reply)
        known = {person: own for person, own in by_person.items() if len(own) >= FEWEST_REPLIES}
        self.persons: tuple[str, ...] = tuple(sorted(known))
        """Those that replies are held against, in the order of all columns; empty where nobody has replies enough."""
        self._classifier: CalibratedClassifierCV | None = None
        if not known:
            return
        learned = [(person, reply) for person in self.persons for reply in known[person]]
        # Capitals and punctuation are style, so nothing is folded.
        self._ngrams: TfidfVectorizer = TfidfVectorizer(
            analyzer="char", ngram_range=_NGRAMS, lowercase=False, sublinear_tf=True
        )
        vectors = self._ngrams.fit_transform([reply.text for _, reply in learned])
        authors = np.array([person for person, _ in learned])
        sums = np.vstack([np.asarray(vectors[authors == person].sum(axis=0)) for person in self.persons])
        self._profiles: FloatArray = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        if len(self.persons) > 1:
            self._classifier = _trained(vectors, authors, [reply.dialogue_id for _, reply in learned])

    def likeness(self, texts: Sequence[str]) -> FloatArray:
        """Cosine of each text's n-grams (tf-idf) to all training replies of each person, 0 to 1; shape [texts, persons]."""
        if not self.persons or not texts:
            return np.zeros((len(texts), len(self.persons)))
        cosines: FloatArray = np.asarray(self._ngrams.transform(texts) @ self._profiles.T)
        return np.clip(cosines, 0, 1)

    def probabilities(self, texts: Sequence[str]) -> FloatArray | None:
        """How likely each text is each person's, calibrated; shape [texts, persons]. None with fewer than two persons."""
        if self._classifier is None or not texts:
            return None
        found: FloatArray = np.asarray(self._classifier.predict_proba(self._ngrams.transform(texts)))
        return found


def _trained(vectors: FloatArray, authors: npt.NDArray[np.str_], dialogues: Sequence[str]) -> CalibratedClassifierCV:
    """A logistic regression, each person weighted alike, with Platt's calibration on dialogues that it did not learn from."""
    from sklearn.calibration import CalibratedClassifierCV  # noqa: PLC0415 - heavy, and an extra
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - heavy, and an extra

    plain = LogisticRegression(C=10, class_weight="balanced", max_iter=1000)
    splits = _splits(authors, dialogues)
    return CalibratedClassifierCV(plain, method="sigmoid", cv=splits, ensemble=False).fit(vectors, authors)


def _splits(
    authors: npt.NDArray[np.str_], dialogues: Sequence[str]
) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Folds that keep dialogues whole and hold every person: each person's dialogues are dealt out one after the other.

    A person with a single dialogue has its replies dealt out instead.
    """
    folds = np.empty(len(authors), dtype=np.int64)
    fewest = _FOLDS
    for person in np.unique(authors):
        own = np.flatnonzero(authors == person)
        units = {name: number for number, name in enumerate(dict.fromkeys(dialogues[i] for i in own))}
        fewest = min(fewest, len(units) if len(units) > 1 else len(own))
        folds[own] = [units[dialogues[i]] for i in own] if len(units) > 1 else np.arange(len(own))
    folds %= fewest
    return [(np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in range(fewest)]
