"""The words of METEOR against NLTK's own."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from metric_cases import real_pairs
from nltk.tokenize import word_tokenize

from harness.metrics import treebank
from harness.metrics.treebank import treebank_words
from suites.cases import cases_of
from suites.loading import load_suite

PIECES = [
    *("a", "I", "x", "don't", "can't", "cannot", "Cannot.", "wanna", "gimme", "gotta", "lemme", "more'n", "d'ye"),
    *("'tis", "'Twas", "dogs'", "'", "'s", "it's", "IT'S", "we'll", "they'RE", "n't", "'re", "'em", "rock'n'roll"),
    *("o'clock", "x'", "p.m.", "e.g.", "U.S.", "5.", ".", "..", "...", "a..b", ".5", "1,000", "1,000.", "1:30"),
    *("a:b", "a,b", ",", ":", "a,", "yes!", "what?!", "?", "-", "--", "a--b", "oat-milk", "50%", "R&B", "*", "a;b"),
    *(";", "café", "Ёж.", "ﬁ", "２", "_", "a.'", '"', '"so"', "''", "``", "(a", "a)", "[b].", "“a”", "‘b’", "’", ")"),
    *("a.)", "é", "—", "@me", "#1", "$5", "\u00ad", "\u00a0", "\n"),
]
"""What NLTK's expressions look for, and what they look for across a space."""

texts = st.lists(st.sampled_from(PIECES), max_size=8).flatmap(
    lambda pieces: st.sampled_from([" ".join(pieces), "".join(pieces), "  ".join(pieces), " ".join(pieces) + " "])
)


def nltks(text: str) -> list[str]:
    return list(word_tokenize(text, preserve_line=True))


@settings(max_examples=1000, deadline=None)  # the first example imports
@given(texts)
def test_words_of_hard_texts_are_nltks(text: str) -> None:
    assert treebank_words(text) == nltks(text)


@settings(max_examples=500, deadline=None)
@given(st.text(st.sampled_from("ax1 .,?!:;%&*'-_sStTmM"), max_size=30))
def test_words_of_any_plain_signs_are_nltks(text: str) -> None:
    assert treebank_words(text) == nltks(text)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_words_of_any_text_are_nltks(text: str) -> None:
    assert treebank_words(text) == nltks(text)


def test_words_of_the_suite_are_nltks_and_hardly_ever_need_the_whole_text(monkeypatch) -> None:
    suite = load_suite("coffee_orders")
    references = [text for case in cases_of(suite) for text in case.references]
    assert [treebank_words(text) for text in references] == [nltks(text) for text in references]
    whole = []
    monkeypatch.setattr(treebank, "_words", lambda text: whole.append(text) or [])
    for text in references:
        treebank_words(text)
    assert len(whole) < len(references) / 10


def test_words_of_real_turns_are_nltks() -> None:
    for reply, _ in real_pairs("en", limit=1000):
        assert treebank_words(reply) == nltks(reply)
