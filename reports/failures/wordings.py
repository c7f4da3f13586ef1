"""Replies of one fault put together by how they are worded: tf-idf of words and pairs of words, average linkage.

Knows texts only, neither runs nor faults.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

MOST_TEXTS: Final = 400
"""Different texts that are compared with each other; of more, the caller draws a sample."""

_MOST_WORDINGS: Final = 4
_TERMS: Final = 3
_TYPICAL: Final = 3
_FURTHEST: Final = 0.8
"""Cosine distance up to which two groups of texts are one: below it they share at least some telling words."""
_FEWEST_TOGETHER: Final = 3


@dataclass(frozen=True, slots=True)
class Wording:
    """Some texts that are alike."""

    members: tuple[int, ...]
    """Positions of the texts."""
    typical: tuple[int, ...]
    """Positions of up to three different texts, the most typical first."""
    terms: tuple[str, ...]
    """Words that tell these texts from the others; empty for those that are like no others."""


def wordings_of(texts: Sequence[str]) -> tuple[Wording, ...]:
    """Group texts by their words, the largest group first and what is like nothing else last.

    Args:
        texts: Among them at most `MOST_TEXTS` different ones; a text that stands several times counts as often.
    """
    positions: dict[str, list[int]] = {}
    for position, text in enumerate(texts):
        positions.setdefault(" ".join(text.lower().split()), []).append(position)
    different = list(positions.values())
    found = _weighted([texts[own[0]] for own in different])
    if found is None:
        return (_wording(different, list(range(len(different))), ()),) if different else ()
    weights, vocabulary = found
    labels = _clusters(weights)
    sizes = np.array([len(own) for own in different])
    by_size = sorted(set(labels.tolist()), key=lambda label: -int(sizes[labels == label].sum()))
    together = [label for label in by_size if sizes[labels == label].sum() >= _FEWEST_TOGETHER][:_MOST_WORDINGS]
    groups = []
    for label in together:
        own = np.flatnonzero(labels == label)
        groups.append(_wording(different, _most_typical(weights, own), _terms(weights, own, vocabulary)))
    rest = np.flatnonzero(~np.isin(labels, together))
    return (*groups, _wording(different, rest.tolist(), ())) if rest.size else tuple(groups)


def _wording(different: Sequence[Sequence[int]], own: Sequence[int], terms: tuple[str, ...]) -> Wording:
    members = tuple(sorted(position for i in own for position in different[i]))
    return Wording(members, tuple(different[i][0] for i in own[:_TYPICAL]), terms)


def _weighted(texts: Sequence[str]) -> tuple[csr_matrix, npt.NDArray[Any]] | None:
    """Rows of unit length, a text each, and the words of the columns; None where there are too few words or texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - heavy

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b", sublinear_tf=True)
    if len(texts) < _FEWEST_TOGETHER:
        return None
    try:
        return vectorizer.fit_transform(texts), vectorizer.get_feature_names_out()
    except ValueError:  # not a single word in any text
        return None


def _clusters(weights: csr_matrix) -> npt.NDArray[np.int64]:
    from sklearn.cluster import AgglomerativeClustering  # noqa: PLC0415 - heavy

    distances = np.clip(1 - (weights @ weights.T).toarray(), 0, 1)
    clustering = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=_FURTHEST
    )
    labels: npt.NDArray[np.int64] = clustering.fit_predict(distances)
    return labels


def _most_typical(weights: csr_matrix, own: npt.NDArray[np.int64]) -> list[int]:
    """The texts of a cluster, nearest to its centre first."""
    centre = np.asarray(weights[own].mean(axis=0)).ravel()
    order = np.argsort(-(weights[own] @ centre), kind="stable")
    return [int(i) for i in own[order]]


def _terms(weights: csr_matrix, own: npt.NDArray[np.int64], vocabulary: npt.NDArray[Any]) -> tuple[str, ...]:
    """The words that stand out most against all texts, without a word that a chosen pair already holds."""
    inside, overall = (np.asarray(part.mean(axis=0)).ravel() for part in (weights[own], weights))
    apart = inside - overall if len(own) < weights.shape[0] else inside
    telling = apart * np.sqrt(
        [len(term) for term in vocabulary]
    )  # "you like" tells more than "for" that is as frequent
    chosen: list[str] = []
    for column in np.argsort(-telling, kind="stable"):
        term = str(vocabulary[column])
        if not any(set(term.split()) & set(other.split()) for other in chosen):
            chosen.append(term)
        if len(chosen) == _TERMS:
            break
    return tuple(chosen)
