"""METEOR against NLTK, with and without WordNet, and WordNet's folder built from Debian's files."""

from __future__ import annotations

import os
import threading

import nltk.data
import pytest
from hypothesis import given
from hypothesis import strategies as st
from metric_cases import WRITTEN_PAIRS, case_with, real_pairs
from nltk.corpus import wordnet
from nltk.stem.snowball import SnowballStemmer
from nltk.tokenize import word_tokenize
from nltk.translate.meteor_score import meteor_score

from harness.metrics import wordnet as wordnet_module
from harness.metrics.meteor import Meteor
from harness.metrics.wordnet import Synonyms, build_from_debian_files, wordnet_status
from suites.userfile import InputError
from suites.words import words_of

PAIRS = pytest.mark.parametrize("pairs", [WRITTEN_PAIRS.get, real_pairs], ids=["written", "real"])


class WithoutSynonyms:
    """As a WordNet that knows no word."""

    def synsets(self, word):
        return []


def english(text):
    return word_tokenize(text, preserve_line=True)


@pytest.fixture
def no_wordnet(monkeypatch):
    monkeypatch.setattr(nltk.data, "path", [])


@pytest.fixture
def debian_files(tmp_path):
    """A WordNet of four words in the form of Debian's files: buy and get mean the same, as do big and great."""
    folder = tmp_path / "usr" / "share" / "wordnet"
    folder.mkdir(parents=True)
    head = "  1 WordNet 3.0 Copyright 2006 by nobody in particular.  \n"
    synsets = {
        "verb": "40 v 02 buy 0 get 0 000 00 | get for money  \n",
        "adj": "00 a 02 big 0 great 0 000 | not small  \n",
    }
    for part in ("noun", "verb", "adj", "adv"):
        data, index = head, head
        if part in synsets:
            offset = f"{len(head):08}"
            data += f"{offset} {synsets[part]}"
            letter, _, first, _, second = synsets[part].split()[1:6]
            index += "".join(f"{word} {letter} 1 0 1 0 {offset}  \n" for word in (first, second))
        (folder / f"data.{part}").write_text(data)
        (folder / f"index.{part}").write_text(index)
        (folder / f"{part}.exc").write_text("bought buy\n" if part == "verb" else "")
    return folder


@pytest.fixture
def small_wordnet(debian_files, tmp_path, monkeypatch):
    target = tmp_path / "nltk_data"
    build_from_debian_files(debian_files, target)
    monkeypatch.setattr(nltk.data, "path", [str(target)])
    return target


@PAIRS
def test_english_without_wordnet_is_nltks_without_synonyms(pairs, no_wordnet):
    meteor = Meteor("en")
    assert "|match:exact+stem|" in meteor.measures[0].signature
    for reply, references in pairs("en"):
        expected = meteor_score([*map(english, references)], english(reply), wordnet=WithoutSynonyms())
        assert meteor.measure(case_with(*references), reply)[0].value == pytest.approx(expected, abs=1e-9)


@pytest.fixture(scope="module")
def meteor_with_wordnet():
    if wordnet_status().place is None:
        pytest.skip(wordnet_status().advice)
    return Meteor("en")


@PAIRS
def test_english_with_wordnet_is_nltks(meteor_with_wordnet, pairs):
    meteor = meteor_with_wordnet
    assert "|match:exact+stem+wordnet-3" in meteor.measures[0].signature
    for reply, references in pairs("en"):
        expected = meteor_score([*map(english, references)], english(reply), wordnet=wordnet)
        assert meteor.measure(case_with(*references), reply)[0].value == pytest.approx(expected, abs=1e-9)


ALIKE = [
    *("buy", "bought", "bargain", "get", "got", "acquire", "large", "big", "great", "grown", "small", "minor"),
    *("cups", "cup", "coffee", "java", "is", "be", "the", "a", ".", ",", "Ok", "OK"),
]
"""Words of which many are each other's synonyms or have one stem."""


@given(
    st.lists(st.lists(st.sampled_from(ALIKE), max_size=12), min_size=1, max_size=3), st.lists(st.sampled_from(ALIKE))
)
def test_any_english_with_wordnet_is_nltks(meteor_with_wordnet, references, reply):
    texts = [" ".join(words) for words in references]
    expected = meteor_score([*map(english, texts)], english(" ".join(reply)), wordnet=wordnet)
    found = meteor_with_wordnet.measure(case_with(*texts), " ".join(reply))[0].value
    assert found == pytest.approx(expected, abs=1e-9)


@PAIRS
def test_russian_is_nltks_on_our_words_with_the_russian_stemmer(pairs):
    meteor = Meteor("ru")
    assert "|lang:ru|match:exact+stem|tok:words|stem:snowball|" in meteor.measures[0].signature
    for reply, references in pairs("ru"):
        expected = meteor_score(
            [words_of(text) for text in references],
            words_of(reply),
            stemmer=SnowballStemmer("russian"),
            wordnet=WithoutSynonyms(),
        )
        assert meteor.measure(case_with(*references, language="ru"), reply)[0].value == pytest.approx(
            expected, abs=1e-9
        )


def test_a_language_without_stemmer_says_so():
    assert "|match:exact|" in Meteor("de").measures[0].signature


def test_synonyms_of_a_built_wordnet_count(small_wordnet):
    case, reply = case_with("Now I get a great one"), "Now I buy a big one"
    meteor = Meteor("en")
    assert "|match:exact+stem+wordnet-3.0|" in meteor.measures[0].signature
    with_synonyms = meteor.measure(case, reply)[0].value
    assert with_synonyms > meteor_score([english(case.references[0])], english(reply), wordnet=WithoutSynonyms())
    assert with_synonyms == meteor.measure(case_with(reply), reply)[0].value  # as if all words were the same


def test_many_threads_may_ask_for_synonyms(small_wordnet):
    synonyms = Synonyms()
    found = []

    def ask():
        found.append(synonyms.of("great"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [{"big", "great"}] * 8


def test_status_says_where_wordnet_is(small_wordnet):
    status = wordnet_status()
    assert (status.place, status.version, status.advice) == (str(small_wordnet / "corpora" / "wordnet"), "3.0", "")


def test_status_without_wordnet_says_how_to_get_it(no_wordnet):
    status = wordnet_status()
    assert status.place is None
    assert "nltk.downloader wordnet" in status.advice


def test_an_incomplete_wordnet_is_not_used(small_wordnet):
    (small_wordnet / "corpora" / "wordnet" / "lexnames").unlink()
    status = wordnet_status()
    assert status.place is None
    assert "lacks lexnames" in status.advice
    assert "|match:exact+stem|" in Meteor("en").measures[0].signature


def test_building_needs_all_of_debians_files(debian_files, tmp_path):
    (debian_files / "data.noun").unlink()
    with pytest.raises(InputError, match=r"lacks data\.noun"):
        build_from_debian_files(debian_files, tmp_path / "nltk_data")


def test_nltk_reads_what_was_built_under_a_lax_umask(debian_files, tmp_path, monkeypatch):
    before = os.umask(0o002)
    try:
        build_from_debian_files(debian_files, tmp_path / "nltk_data")
    finally:
        os.umask(before)
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path / "nltk_data")])
    assert wordnet_status().version == "3.0"


def test_lexnames_are_wordnets(small_wordnet):
    lines = (small_wordnet / "corpora" / "wordnet" / "lexnames").read_text().splitlines()
    assert len(lines) == 45
    assert lines[0] == "00\tadj.all\t3"
    assert lines[3] == "03\tnoun.Tops\t1"
    assert lines[40] == "40\tverb.possession\t2"
    assert lines[44] == "44\tadj.ppl\t3"


def test_the_command_builds_and_reports(debian_files, tmp_path, monkeypatch, capsys):
    target = tmp_path / "data"
    monkeypatch.setattr(nltk.data, "path", [])
    assert wordnet_module.main([]) == 1
    assert "there is no WordNet" in capsys.readouterr().out
    assert wordnet_module.main(["build", str(debian_files), str(target)]) == 0
    assert f"set NLTK_DATA={target}" in capsys.readouterr().out
    monkeypatch.setattr(nltk.data, "path", [str(target)])
    assert wordnet_module.main([]) == 0
    assert "WordNet 3.0 in" in capsys.readouterr().out
    assert wordnet_module.main(["build", str(tmp_path), str(target)]) == 2
    assert "wordnet-base" in capsys.readouterr().err
