"""What reports say of judges held against people, in Russian."""

from __future__ import annotations

from typing import Final

from reports.pages.wording.judge_words import JudgeWords

RUSSIAN_JUDGES: Final = JudgeWords(
    title="Судьи и люди",
    hint=(
        "Насколько каждый судья сходился с людьми на репликах, которые оценили и он, и люди; в скобках 95-процентный интервал. "
        "Сертификат действует для той рубрики, той модели-судьи, того способа чтения ответа и того языка, с которыми он получен; "
        "если что-то из этого изменилось, он больше не действует."
    ),
    heads=("Показатель", "Сертификат", "Согласие", "Против случая", "Размечено реплик", "Оценено", "Примечание"),
    certified="есть",
    uncertified="нет",
    no_longer="больше не действует",
    uncertified_remark="этого судью не сверяли с людьми: это делает `rejoinder judge calibrate`",
    no_longer_remark="{changes}; нужна новая калибровка",
    changes={
        "rubric": "рубрика изменилась",
        "readout": "способ чтения ответа теперь {now}, а был {was}",
        "judge": "судья теперь {now}, а был {was}",
        "language": "язык реплик теперь {now}, а был {was}",
    },
    figures={
        "accuracy": "доля совпадений",
        "kappa": "каппа Коэна",
        "weighted_kappa": "взвешенная каппа",
        "fleiss_kappa": "каппа Флейса",
        "alpha": "альфа Криппендорфа",
        "ac1": "AC1 Гвета",
        "roc_auc": "ROC AUC",
        "pearson": "r Пирсона",
        "spearman": "ро Спирмена",
        "kendall": "тау Кендалла",
    },
    labelled="{replies} (контекстов: {contexts})",
    of_chance="{figure} {value}, при случае {chance}",
    people="люди между собой: {figure} {value}",
    mended="исправлено меток после возражений судьи: {replies}",
    in_short=(
        "Судья показателя «{measure}»: сертификат {standing}; {agreement}, размечено реплик: {labelled}, оценено {coverage}."
    ),
    at_chance=(
        "Судье показателя «{measure}» нельзя доверять: его не отличить от случая ({figure} {value} на размеченных репликах, "
        "при случае {chance})."
    ),
    below_chance=(
        "Судье показателя «{measure}» нельзя доверять: он противоречит людям ({figure} {value} на размеченных репликах, "
        "при случае {chance})."
    ),
    unknown_chance=(
        "Лучше ли судья показателя «{measure}» сходится с людьми, чем случай, неизвестно: в его сертификате нет интервала "
        "({figure})."
    ),
    rule="{measure}: сертификат, {demands}",
    gate_pass="Судья показателя «{measure}» сертифицирован: {figures}, нижний конец не ниже требуемого.",
    gate_fail="Судья показателя «{measure}» недостаточно хорош: {figures}, весь интервал ниже требуемого.",
    gate_unclear=(
        "Сертификат показателя «{measure}» не решает: {figures}, интервал по обе стороны от требуемого; нужно больше меток."
    ),
    gate_no_interval="В сертификате показателя «{measure}» нет интервала ({figure}); нужно больше меток.",
    gate_no_figure="В сертификате показателя «{measure}» на этой шкале нет такой величины: {figure}.",
    gate_uncertified="У судьи показателя «{measure}» нет сертификата.",
    gate_no_longer="Сертификат показателя «{measure}» больше не действует: {changes}.",
    corrected_title="Средние судей, исправленные по меткам людей",
    corrected_hint=(
        "Часть реплик этого прогона разметили люди. Если это случайная выборка, исправленные средние свободны от смещения "
        "судьи, а их 95-процентные интервалы (единица — целый диалог) показывают, насколько они надёжны."
    ),
    corrected_heads=("Показатель", "Кандидат", "По судье", "Исправлено", "Как", "Размечено"),
    methods={
        "prediction_powered": "вывод на основе предсказаний (PPI)",
        "adjusted_counting": "поправка на ошибки судьи",
    },
    labelled_of="{labelled} из {replies}, диалогов: {dialogues}",
    no_correction={
        "too_few_dialogues": "размечено меньше 5 диалогов",
        "one_class": "люди приняли все размеченные реплики или ни одной",
        "at_chance": "судья одинаково принимает хорошие и плохие реплики",
    },
)
