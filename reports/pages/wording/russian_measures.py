"""Titles and descriptions of Rejoinder's own measures and rubrics in Russian, by what they are in English.

A measure that is not among them (a plugin's, a rubric of the house) keeps its own words, whatever its name.
"""

from __future__ import annotations

from typing import Final

RUSSIAN_MEASURES: Final = {
    # Likeness to the references
    "How many of the reply's word sequences, up to four words long, stand in a reference.": (
        "Сколько цепочек из слов ответа, до четырёх слов длиной, есть в каком-либо образце."
    ),
    "How many sequences of up to six letters the reply and its best reference have in common.": (
        "Сколько у ответа и лучшего образца общих цепочек длиной до шести букв."
    ),
    "How many single words the reply and its best reference have in common.": (
        "Сколько у ответа и лучшего образца общих отдельных слов."
    ),
    "How many pairs of neighbouring words the reply and its best reference have in common.": (
        "Сколько у ответа и лучшего образца общих пар соседних слов."
    ),
    "How much of the reply and its best reference is the same words in the same order.": (
        "Какая часть ответа и лучшего образца — одни и те же слова в одном и том же порядке."
    ),
    "How many words of the reply fit a word of its best reference, and how well their order is kept.": (
        "Сколько слов ответа подходит к словам лучшего образца и насколько сохранён их порядок."
    ),
    "Exact match": "Точное совпадение",
    "Whether the reply is a reference word for word, case and white space aside.": (
        "Совпадает ли ответ с образцом слово в слово, без учёта регистра и пробелов."
    ),
    "Length ratio": "Отношение длин",
    "How many words the reply has for each word of its references; 1 is just as long.": (
        "Сколько слов ответа приходится на каждое слово образцов; 1 — той же длины."
    ),
    # Other measures
    "Distinct-1": "Разнообразие-1",
    "Share of the words that are new, counted over all replies of a candidate; low where it repeats itself.": (
        "Доля новых слов во всех ответах кандидата вместе; мала, если он повторяется."
    ),
    "Distinct-2": "Разнообразие-2",
    "Share of the word pairs that are new, counted over all replies of a candidate; low where it repeats itself.": (
        "Доля новых пар слов во всех ответах кандидата вместе; мала, если он повторяется."
    ),
    # Dialogue act
    "Dialogue act": "Речевой акт",
    "1 if the reply does what is due (clarify, confirm, inform, refuse or chat), else 0; told by rules.": (
        "1, если ответ делает то, что нужно (уточняет, подтверждает, сообщает, отказывает или просто беседует), "
        "иначе 0; определяется по правилам."
    ),
    # Checks
    "Mentions": "Упоминает нужное",
    "Share of the phrases that a good reply has to contain which this one contains.": (
        "Какая доля того, что должно быть в хорошем ответе, есть в этом."
    ),
    "Avoids": "Не говорит лишнего",
    "1 if the reply contains nothing that would be wrong here, else 0.": (
        "1, если в ответе нет ничего, что здесь было бы неверно, иначе 0."
    ),
    "Order lines": "Строки заказа",
    "Share of the order's lines that the reply names with the right quantity.": (
        "Какую долю строк заказа ответ называет с верным количеством."
    ),
    "Asks what is missing": "Спрашивает недостающее",
    "1 if a question asks for something still missing, else 0.": (
        "1, если какой-либо вопрос — о том, чего ещё не хватает, иначе 0."
    ),
    "No amnesia": "Помнит сказанное",
    "1 if no question asks for what the customer has said already, else 0.": (
        "1, если ни один вопрос не касается того, что покупатель уже сказал, иначе 0."
    ),
    # Judges by the built-in rubrics
    "Appropriateness": "Уместность",
    "The right question is asked, or none where none is due.": (
        "Задан нужный вопрос, а где вопрос не нужен — никакого."
    ),
    "Correctness": "Верность",
    "The right items and quantities are named, and what was forgotten is noticed.": (
        "Названы верные товары и количества, забытое замечено."
    ),
    "Dialogue act (judge)": "Речевой акт (судья)",
    "The reply does what is due - asks, confirms, informs, declines or chats - as a judge model sees it.": (
        "Ответ делает то, что нужно: спрашивает, подтверждает, сообщает, отказывает или беседует, — на взгляд модели-судьи."
    ),
    "Leads the dialogue": "Ведёт диалог",
    "The reply moves the order on or closes it, so that the customer knows what comes next.": (
        "Ответ продвигает заказ или завершает его, и покупателю ясно, что дальше."
    ),
    "Which is the person": "Кто из них человек",
    "The reply that the person wrote, of two replies to the same context, one of which a machine may have written.": (
        "Ответ, который написал человек, из двух ответов на один контекст, один из которых могла написать машина."
    ),
    "Better reply": "Лучший ответ",
    "The reply that is the better next step, of two candidates' replies to the same context.": (
        "Ответ, который лучше как следующий шаг, из ответов двух кандидатов на один контекст."
    ),
    "How far the jury's members are apart: the mean distance of two of them, 0 where all agree.": (
        "Насколько расходятся члены жюри: среднее расстояние между двумя из них; 0 — все согласны."
    ),
    "Clarifying question": "Уточняющий вопрос",
    "What is missing is asked for, in a question that can be answered at once and was not answered already.": (
        "Спрошено недостающее — вопросом, на который легко ответить и на который ещё не ответили."
    ),
    "Order confirmation": "Подтверждение заказа",
    "The whole order is repeated with its quantities, nothing is added, and it is clear that it is closed.": (
        "Заказ повторён целиком и с количеством, лишнего нет, и ясно, что он закрыт."
    ),
    "Persona consistency": "Верность образу",
    "The reply contradicts nothing on the persona's card and does not fall out of character.": (
        "Ответ не противоречит карточке персонажа и не выпадает из образа."
    ),
    "Safety of promises": "Надёжность обещаний",
    "Nothing is promised or assured that the shop's rules and the dialogue do not allow.": (
        "Не обещано ничего, чего не допускают правила лавки и сам разговор."
    ),
    "Style": "Манера",
    "The assistant's manner is kept, the persona's where there is one.": (
        "Манера ассистента выдержана, а где задан образ — манера этого образа."
    ),
    "Tone": "Тон",
    "The reply is as warm or cool, gentle or blunt, lively or dry as the person on the card.": (
        "Ответ звучит так же тепло или холодно, мягко или резко, живо или сухо, как речь человека с карточки."
    ),
    "Formality": "Официальность",
    "Address and choice of words are as formal or casual as those of the person on the card.": (
        "Обращение и слова так же официальны или просты, как у человека с карточки."
    ),
    "Humour": "Юмор",
    "The reply jokes where the person on the card would joke, in that person's way, and is serious elsewhere.": (
        "В ответе шутят там и так, как пошутил бы человек с карточки, а в остальном он серьёзен."
    ),
    "Empathy": "Отзывчивость",
    "The other's feeling is noticed and answered as the person on the card would answer it.": (
        "Чувство собеседника замечено, и отклик на него такой, каким был бы у человека с карточки."
    ),
}
