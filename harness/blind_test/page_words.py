"""The words of the raters' page, in English and Russian. What is printed for the one who runs the test is not here."""

from __future__ import annotations

from dataclasses import dataclass

from harness.blind_test.plan import CheckTexts


@dataclass(frozen=True, slots=True)
class ScriptWords:
    """What the page's script puts in. Places in braces are filled in by it."""

    person: str
    """Who speaks in the turns of the one who is sought."""
    partner: str
    tool: str
    no_context: str
    progress: str
    saved: str
    saving: str
    not_saved: str
    offline: str
    refused: str
    name_taken: str
    name_wrong: str
    done_text: str


@dataclass(frozen=True, slots=True)
class PageWords:
    """One language."""

    language: str
    title: str
    intro: str
    how: tuple[str, ...]
    """Short paragraphs before the start."""
    needed: str
    """With `{answers}`."""
    about_person: str
    name: str
    name_hint: str
    knows: str
    yes: str
    no: str
    start: str
    resume: str
    other_name: str
    dialogue: str
    question: str
    question_of_two: str
    """Where no real reply is shown."""
    reply: str
    sure: str
    confidences: tuple[str, str, str]
    save: str
    retry: str
    keys: tuple[tuple[str, str], ...]
    done: str
    other_language: tuple[str, str]
    """Tag and name."""
    needs_script: str
    checks: CheckTexts
    script: ScriptWords


ENGLISH = PageWords(
    language="en",
    title="Which one is the person?",
    intro="You will read parts of conversations, each with two replies. One was written by the person, the other by a machine.",
    how=(
        "Choose the reply that you take for the person’s, and say how sure you are. There is no right pace and no way back: "
        "go by your impression.",
        "You can stop at any time and go on later under the same name. Now and then a question only checks that you are reading.",
    ),
    needed="About {answers} answers of all raters together are needed to tell 65 % found from pure chance, 50 %.",
    about_person="About the person",
    name="Your name or a nickname",
    name_hint="Only to tell the raters apart, and to go on later.",
    knows="Do you know how this person writes?",
    yes="Yes",
    no="No",
    start="Start",
    resume="Yes, go on",
    other_name="No, choose another name",
    dialogue="The conversation so far",
    question="Which reply is the person’s?",
    question_of_two="Which reply sounds more like the person?",
    reply="Reply",
    sure="How sure are you?",
    confidences=("A guess", "Rather sure", "Certain"),
    save="Save and go on",
    retry="Try again",
    keys=(("← →", "reply"), ("1 2 3", "how sure"), ("Enter", "save")),
    done="Thank you, that was all!",
    other_language=("ru", "По-русски"),
    needs_script="This page needs JavaScript.",
    checks=CheckTexts(
        choose="This question checks that you are reading. Please choose this reply.",
        leave="This question checks that you are reading. Please do not choose this reply but the other one.",
    ),
    script=ScriptWords(
        person="The person",
        partner="The other one",
        tool="Tool",
        no_context="The conversation begins with the reply.",
        progress="Question {number} of {total}",
        saved="Saved: {answered} of {total}",
        saving="Saving…",
        not_saved="Not saved: the disk did not take it. Tell whoever sent you the link, then try again.",
        offline="Not saved: the server cannot be reached. Your choice stays here; try again.",
        refused="The server does not know this question. Load the page again.",
        name_taken="Somebody called {name} is here already and has answered {answered}. Is that you?",
        name_wrong="Please enter a name of at most 40 characters.",
        done_text="All {total} answers are saved. You can close this page.",
    ),
)

RUSSIAN = PageWords(
    language="ru",
    title="Кто из них человек?",
    intro="Вы увидите отрывки разговоров и к каждому два ответа. Один написал человек, другой — машина.",
    how=(
        "Выберите ответ, который, по-вашему, принадлежит человеку, и скажите, насколько вы уверены. Спешить не нужно, "
        "вернуться назад нельзя: доверяйте впечатлению.",
        "Прерваться можно когда угодно и продолжить потом под тем же именем. Иногда вопрос лишь проверяет, что вы читаете.",
    ),
    needed="Чтобы отличить 65 % узнанных от чистой случайности, 50 %, нужно ответов от всех участников: около {answers}.",
    about_person="Об этом человеке",
    name="Ваше имя или прозвище",
    name_hint="Только чтобы различать участников и продолжить позже.",
    knows="Знаете ли вы, как пишет этот человек?",
    yes="Да",
    no="Нет",
    start="Начать",
    resume="Да, продолжить",
    other_name="Нет, выбрать другое имя",
    dialogue="Разговор до этого места",
    question="Какой ответ написал человек?",
    question_of_two="Какой ответ больше похож на человека?",
    reply="Ответ",
    sure="Насколько вы уверены?",
    confidences=("Наугад", "Скорее уверен(а)", "Точно"),
    save="Сохранить и дальше",
    retry="Ещё раз",
    keys=(("← →", "ответ"), ("1 2 3", "уверенность"), ("Enter", "сохранить")),
    done="Спасибо, это всё!",
    other_language=("en", "In English"),
    needs_script="Этой странице нужен JavaScript.",
    checks=CheckTexts(
        choose="Этот вопрос проверяет, что вы читаете. Пожалуйста, выберите этот ответ.",
        leave="Этот вопрос проверяет, что вы читаете. Пожалуйста, выберите не этот ответ, а другой.",
    ),
    script=ScriptWords(
        person="Человек",
        partner="Собеседник",
        tool="Инструмент",
        no_context="Разговор начинается с ответа.",
        progress="Вопрос {number} из {total}",
        saved="Сохранено: {answered} из {total}",
        saving="Сохраняется…",
        not_saved="Не сохранено: диск не принял ответ. Сообщите тому, кто прислал ссылку, и попробуйте ещё раз.",
        offline="Не сохранено: сервер недоступен. Ваш выбор остался здесь; попробуйте ещё раз.",
        refused="Сервер не знает такого вопроса. Загрузите страницу заново.",
        name_taken="Участник по имени {name} здесь уже есть, ответов: {answered}. Это вы?",
        name_wrong="Введите имя не длиннее 40 знаков.",
        done_text="Сохранены все ответы: {total}. Страницу можно закрыть.",
    ),
)


def page_words_for(language: str) -> PageWords:
    """Russian for `ru` and its variants, English for all others."""
    return RUSSIAN if language.partition("-")[0].lower() == "ru" else ENGLISH
