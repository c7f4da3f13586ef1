"""The sentences of the blind test's report, as records: one for each language. The raters' own page is not here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class BlindWords:
    """One language. Places in braces are filled in by the one who prints the sentence."""

    language: str
    title: str
    leak: str
    heads: tuple[str, str, str, str, str]
    """Right, share, interval, p, reading."""
    together: str
    with_inattentive: str
    acquaintances: str
    strangers: str
    by_candidate: str
    by_confidence: str
    confidences: tuple[str, str, str]
    by_rater: str
    judges: str
    taken_for_person: str
    first_of_two: str
    """How a row of two candidates is named."""
    standings: dict[str, str]
    standings_of_two: dict[str, str]
    """The same where two candidates were shown and no real reply."""
    open_further: str
    left_out: str
    checks_passed: str
    seconds: str
    for_these_raters: str
    for_other_raters: str
    p_value: str
    needed: str
    beside: str
    beside_nobody: str
    inconsistent: str
    unread: str
    outdated: str
    few_dialogues: str


ENGLISH: Final = BlindWords(
    language="en",
    title="Blind test of {run}: which of two replies is the person’s? Chance is 50 %.",
    leak="LEAK: the training half holds held-out dialogues or replies, so the model may say what the person said by heart.",
    heads=("right", "share", "95 % interval", "p", "reading"),
    together="All raters",
    with_inattentive="With those left out",
    acquaintances="Know the person",
    strangers="Do not know the person",
    by_candidate="By candidate",
    by_confidence="By how sure they were",
    confidences=("A guess", "Rather sure", "Certain"),
    by_rater="By rater",
    judges="Judges",
    taken_for_person="Which of two candidates is taken for the person",
    first_of_two="{first} rather than {second}",
    standings={
        "told_apart": "told apart",
        "mistaken": "the generated reply is taken for the person’s",
        "not_told_apart": "not told apart: 65 % is ruled out",
        "open": "open",
    },
    standings_of_two={
        "told_apart": "the first more often",
        "mistaken": "the second more often",
        "not_told_apart": "neither: 65 % is ruled out",
        "open": "open",
    },
    open_further="open; about {answers} more answers would tell",
    left_out="left out: {passed} of {checks} attention checks passed",
    checks_passed="{passed} of {checks} attention checks",
    seconds="{seconds} s an answer",
    for_these_raters=(
        "Intervals are for these raters on other dialogues; with 5 raters or more one for other raters is given as well."
    ),
    for_other_raters="Intervals over 5 raters or more are for other raters and other dialogues, the rest for these raters.",
    p_value="p: exact, with the dialogue as the unit; not corrected for the number of rows.",
    needed=(
        "It takes {answers} independent answers to tell 65 % from 50 % (80 % power at 5 %); those about one dialogue count for "
        "less."
    ),
    beside="{name} beside people, on {questions} shared questions: {judge} and {people}, difference {difference} {interval}",
    beside_nobody="{name}: no question was answered by people as well.",
    inconsistent="{name}: {count} of {answers} answers turned with the order of the replies and count half.",
    unread="{name}: {count} questions gave no answer.",
    outdated="{count} answers are about replies that the run no longer holds, and count nowhere.",
    few_dialogues="under 5 dialogues",
)

RUSSIAN: Final = BlindWords(
    language="ru",
    title="Слепая проверка {run}: какой из двух ответов написал человек? Наугад — 50 %.",
    leak="УТЕЧКА: в обучающей половине есть диалоги или ответы из отложенной, модель может повторять сказанное наизусть.",
    heads=("верно", "доля", "интервал 95 %", "p", "вывод"),
    together="Все участники",
    with_inattentive="Вместе с исключёнными",
    acquaintances="Знают человека",
    strangers="Не знают человека",
    by_candidate="По кандидатам",
    by_confidence="По уверенности",
    confidences=("Наугад", "Скорее уверены", "Точно"),
    by_rater="По участникам",
    judges="Судьи",
    taken_for_person="Кого из двух кандидатов принимают за человека",
    first_of_two="{first}, а не {second}",
    standings={
        "told_apart": "отличают",
        "mistaken": "за человека принимают машину",
        "not_told_apart": "не отличают: 65 % исключены",
        "open": "неясно",
    },
    standings_of_two={
        "told_apart": "чаще первого",
        "mistaken": "чаще второго",
        "not_told_apart": "поровну: 65 % исключены",
        "open": "неясно",
    },
    open_further="неясно; решат ещё примерно {answers} ответов",
    left_out="исключён: проверок внимания пройдено {passed} из {checks}",
    checks_passed="проверок внимания {passed} из {checks}",
    seconds="{seconds} с на ответ",
    for_these_raters=(
        "Интервалы — для этих участников и других диалогов; от 5 участников даётся интервал и для других участников."
    ),
    for_other_raters="Интервалы по 5 и более участникам — для других участников и диалогов, остальные — для этих участников.",
    p_value="p: точное, единица — диалог; без поправки на число строк.",
    needed=(
        "Чтобы отличить 65 % от 50 %, нужно независимых ответов: {answers} (мощность 80 % при уровне 5 %); ответы об одном "
        "диалоге весят меньше."
    ),
    beside="{name} рядом с людьми, общих вопросов {questions}: {judge} и {people}, разность {difference} {interval}",
    beside_nobody="{name}: общих с людьми вопросов нет.",
    inconsistent="{name}: ответов, которые меняются с порядком реплик и считаются за половину: {count} из {answers}.",
    unread="{name}: вопросов без ответа: {count}.",
    outdated="Ответов о репликах, которых в прогоне больше нет и которые нигде не учтены: {count}.",
    few_dialogues="меньше 5 диалогов",
)


def blind_words_for(language: str) -> BlindWords:
    """Russian for `ru` and its variants, English for all others."""
    return RUSSIAN if language.partition("-")[0].lower() == "ru" else ENGLISH
