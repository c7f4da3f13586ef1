"""Attribution: invented persons are told apart, probabilities mean what they say, and made-up replies deceive nobody."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from persona_suite import MANNERS, Scribe, persona_suite

from harness.persona.attribution import Attribution
from harness.persona.persons import PersonReply, person_cases


def replies_of(folder: Path, **sizes: tuple[int, int]) -> list[PersonReply]:
    suite = persona_suite(folder, sizes or None)
    return [
        PersonReply(one.person, one.half, one.case.dialogue_id, one.case.id, one.case.language, one.reply)
        for one in person_cases(suite)
    ]


@pytest.fixture(scope="module")
def attribution(tmp_path_factory: pytest.TempPathFactory) -> Attribution:
    return Attribution(replies_of(tmp_path_factory.mktemp("three")))


def test_real_and_invented_replies_go_to_whose_manner_they_have(attribution: Attribution) -> None:
    scribe = Scribe(seed=99)
    for person in MANNERS:
        invented = [scribe.reply(person) for _ in range(20)]
        probabilities = attribution.probabilities(invented)
        assert probabilities is not None
        assert probabilities.sum(axis=1) == pytest.approx(1)
        assert {attribution.persons[place] for place in probabilities.argmax(axis=1)} == {person}
        assert (attribution.likeness(invented).argmax(axis=1) == attribution.persons.index(person)).all()


def test_likeness_is_scikit_learns_cosine_to_the_mean_training_reply(tmp_path: Path) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics.pairwise import cosine_similarity

    replies = replies_of(tmp_path)
    training = [one for one in replies if one.half == "train"]
    new = [one.text or "" for one in replies if one.half == "held_out"][:7]
    ngrams = TfidfVectorizer(analyzer="char", ngram_range=(2, 4), lowercase=False, sublinear_tf=True)
    vectors = ngrams.fit_transform([one.text for one in training])
    persons = np.array([one.person for one in training])
    means = np.vstack([np.asarray(vectors[persons == person].mean(axis=0)) for person in sorted(MANNERS)])
    assert Attribution(replies).likeness(new) == pytest.approx(cosine_similarity(ngrams.transform(new), means))


def test_probabilities_are_calibrated_where_persons_are_hard_to_tell_apart(tmp_path: Path) -> None:
    """Two persons who write alike in three replies of five: sure answers are no surer than they are right."""
    generator = np.random.default_rng(0)
    scribe = Scribe(seed=5)

    def reply(person: str, dialogue: str, half: str) -> PersonReply:
        manner = person if generator.random() < 0.4 else "vera"
        return PersonReply(person, half, dialogue, f"{dialogue}#{generator.random()}", "en", scribe.reply(manner))  # type: ignore[arg-type]

    replies = [
        reply(person, f"{half}{person}{number // 3}", half)
        for person in ("june", "bo")
        for half, count in (("train", 240), ("held_out", 240))
        for number in range(count)
    ]
    attribution = Attribution(replies)
    new = [one for one in replies if one.half == "held_out"]
    probabilities = attribution.probabilities([one.text or "" for one in new])
    assert probabilities is not None
    sure = probabilities.max(axis=1)
    right = np.array([attribution.persons[place] for place in probabilities.argmax(axis=1)]) == [
        one.person for one in new
    ]
    for low, high in ((0.4, 0.75), (0.75, 1.01)):
        inside = (sure >= low) & (sure < high)
        assert inside.sum() > 50
        assert right[inside].mean() == pytest.approx(sure[inside].mean(), abs=0.1)


def test_a_person_with_few_replies_is_left_out_and_one_alone_has_likeness_only(tmp_path: Path) -> None:
    alone = Attribution(replies_of(tmp_path / "a", june=(10, 2), bo=(1, 2)))
    assert alone.persons == ("june",)
    assert alone.probabilities(["Aye!"]) is None
    assert alone.likeness(["Aye aye, skipper!"])[0, 0] > 0.1
    nobody = Attribution(replies_of(tmp_path / "b", june=(1, 2)))
    assert (nobody.persons, nobody.likeness(["Aye!"]).shape) == ((), (1, 0))


def test_a_person_with_a_single_dialogue_is_learned_from_all_the_same(tmp_path: Path) -> None:
    replies = replies_of(tmp_path, june=(10, 2), bo=(10, 2))
    one_dialogue = [
        PersonReply(
            one.person,
            one.half,
            "all of june" if one.person == "june" else one.dialogue_id,
            one.case_id,
            "en",
            one.text,
        )
        for one in replies
    ]
    probabilities = Attribution(one_dialogue).probabilities(["Ahoy, skipper! Hot or iced, that tea?"])
    assert probabilities is not None
    assert probabilities[0, 1] > 0.5
