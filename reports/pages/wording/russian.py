"""The reports in Russian."""

from __future__ import annotations

from typing import Final

from reports.pages.wording.comparison_words import RUSSIAN_COMPARISONS
from reports.pages.wording.failure_russian import RUSSIAN_FAILURES
from reports.pages.wording.gate_russian import RUSSIAN_GATE
from reports.pages.wording.judge_russian import RUSSIAN_JUDGES
from reports.pages.wording.persona_russian import RUSSIAN_PERSONA
from reports.pages.wording.picture_words import RUSSIAN_PICTURES
from reports.pages.wording.russian_measures import RUSSIAN_MEASURES
from reports.pages.wording.words import ScriptWords, Words

ATTACK_KINDS: Final = {
    "orders": "указания судье",
    "prompt_ends": "мнимый конец подсказки",
    "chat_templates": "токены шаблона чата",
    "json": "поддельный JSON",
    "roles": "метки ролей",
    "invisible": "невидимые знаки",
    "rubrics": "своя рубрика",
    "turns": "поддельные реплики",
}


RUSSIAN: Final = Words(
    language="ru",
    none="0",
    list_separator="; ",
    judges=RUSSIAN_JUDGES,
    persona=RUSSIAN_PERSONA,
    gating=RUSSIAN_GATE,
    failures=RUSSIAN_FAILURES,
    pictures=RUSSIAN_PICTURES,
    measures_in_words=RUSSIAN_MEASURES,
    script=ScriptWords(
        decimal_comma=True,
        measure="Показатель",
        candidate="Кандидат",
        baseline="база сравнения",
        cases_count="случаев",
        slice="Срез",
        act="ожидаемый акт",
        tag="метка",
        language="язык",
        depth="предыдущих сообщений",
        length="знаков контекста",
        few_dialogues="мало диалогов: {count}",
        slices_chart="Средние и их 95-процентные интервалы: {measure}",
        tags="Метки",
        acts_due="Ожидаемый акт",
        languages="Язык",
        failures="Что пошло не так",
        search="Поиск в диалогах и ответах",
        part="Часть набора",
        all_cases="Все",
        condition="Показать",
        any_condition="Все случаи",
        worse_than_baseline="Хуже базы сравнения",
        better_than_baseline="Лучше базы сравнения",
        act_wrong="Не тот акт",
        unparsed="Ответ судьи не прочитан",
        unmeasured="Не измерено",
        attack_suspected="Подозрение на атаку",
        attack_mark="Подозрение на атаку: {kinds}",
        attack_kinds=ATTACK_KINDS,
        any_candidate="Любой",
        overall="В целом (акт, проверки, судьи)",
        order="Порядок",
        order_suite="Как в наборе",
        order_lowest="Сначала самые низкие оценки",
        order_regressed="Сначала самые большие потери",
        order_improved="Сначала наибольшие улучшения",
        mark_differences="Отмечать слова, которых нет в ответе базы сравнения",
        review="Ваша отметка",
        marked={"pass": "Хороший ответ", "fail": "Плохой ответ"},
        note="Заметка",
        rename="Переименовать",
        keep="Сохранить",
        not_kept="Не сохранено. Работает ли ещё `rejoinder view`?",
        showing="{first}–{last}; найдено случаев: {found} из {all} на этой странице",
        none_found="Таких случаев на этой странице нет.",
        previous="← Назад",
        next="Далее →",
        references="Хорошие ответы",
        due="ожидается: {act}",
        link_to_case="Ссылка на этот случай",
        earlier_turns="Показать предыдущие реплики: {count}",
        earlier_not_printed="Предыдущие реплики, которые не напечатаны: {count}.",
        show_all="Показать весь текст, знаков: {length}",
        cut_text="Сокращено: на странице первые знаки текста: {shown} из {length}.",
        empty_text="пусто",
        no_reply="Нет ответа",
        reasoning="Рассуждение",
        not_applicable="Здесь неприменимо",
        cut_off="оборвано пределом токенов",
        tokens="токенов: {count}",
        seconds="{count} с",
        seed="Затравка {seed}",
        roles={"system": "Системная подсказка", "user": "Пользователь", "assistant": "Ассистент", "tool": "Инструмент"},
        statuses={
            "ok": "измерено",
            "unparsed": "ответ судьи не разобран",
            "refused": "судья отказался",
            "error": "ошибка",
            "skipped": "неприменимо",
            "missing": "не измерено",
        },
        groups={
            "typical": "показан как типичная ошибка",
            "lowest": "показан из-за низких оценок",
            "regressed": "показан из-за потери относительно базы",
            "highest": "показан из-за высоких оценок",
            "random": "показан из случайной выборки",
        },
        expectation={
            "must_mention": "Должно быть упомянуто",
            "must_not_mention": "Не должно быть упомянуто",
            "missing": "Ещё не сказано, об этом надо спросить",
            "said_already": "Уже сказано, снова не спрашивать",
            "order": "Заказ",
        },
        comparisons=RUSSIAN_COMPARISONS,
    ),
    verdict_alone="{candidate}: измерено случаев: {cases}, диалогов: {dialogues}; сравнивать не с чем.",
    verdict_standing="{candidate} против {baseline}: лучше по {better} и хуже по {worse} из {measures} показателей",
    verdict_level="{candidate} и {baseline} неотличимы ни по одному из {measures} показателей",
    verdict_many="{standings}: показателей лучше (+) и хуже (−), чем у {baseline}, из {measures}.",
    verdict_uncompared="{candidate} нельзя сравнить с {baseline}: слишком мало диалогов измерено у обоих",
    verdict_incomplete="Прогон не завершён, пока так: {sentence}",
    verdict_leak="УТЕЧКА: в обучающей половине есть отложенные диалоги или реплики, поэтому измерена и память. {sentence}",
    verdict_gate_pass="{candidate}: выпуск разрешён, выполнены все правила: {rules}",
    verdict_gate_fail="{candidate}: выпуск запрещён, не выполнено правил: {count} из {rules}",
    verdict_gate_inconclusive="{candidate}: решения о выпуске нет, неясных правил: {count} из {rules}",
    verdict_gate_empty="Ни одно правило выпуска не относится ни к одному кандидату.",
    gate="Правила выпуска",
    gate_hint="Что кандидат должен выполнить до выпуска. Недостаточно измеренное никогда не считается выполненным.",
    rule="Правило",
    outcome="Итог",
    reason="Причина",
    outcomes={"pass": "выполнено", "fail": "не выполнено", "inconclusive": "неясно"},
    part_of_suite="{part} из {whole}",
    suite_in_short="Набор {suite}, версия {version}: случаев {cases}, диалогов {dialogues}",
    measure="Показатель",
    measures="Показатели",
    measures_hint=(
        "Среднее по измеренным случаям ± половина его 95-процентного интервала; единица наблюдения — целый диалог. "
        "Затем разность с базой сравнения: ▲ лучше, ▼ хуже, без знака — может быть случайной."
    ),
    candidate="Кандидат",
    candidates="Кандидаты",
    baseline="база сравнения",
    corpus="корпус",
    corpus_row="как один корпус",
    not_measured="не измерено",
    not_measured_because="{measures}: не измерено. Самая частая причина: {reason}",
    unmeasured="Что не удалось измерить",
    unmeasured_hint=(
        "Доля (и число) измерений без значения среди тех, что следовало получить, и самые частые причины. На неудачный запрос "
        "ответа не было вовсе; по каждому показателю он отдельно не считается."
    ),
    unmeasured_heads=(
        "Кандидат",
        "Показатель",
        "Ответ судьи не разобран",
        "Судья отказался",
        "Ошибка",
        "Частые причины",
    ),
    failed_requests="неудачные запросы",
    unmeasured_more="Остальные строки ({count}) — в report.html.",
    does_not_apply="неприменимо",
    measured_share="измерено {share}",
    dialogues_pass="{share} диалогов",
    lower_is_better="чем ниже, тем лучше",
    legend_interval="± половина 95-процентного интервала среднего; единица наблюдения — целый диалог.",
    legend_different="≠ отличается, где ни одна сторона не лучше.",
    legend_coverage="98%: доля измеренных ответов, если измерены не все.",
    legend_marks="▲ лучше, ▼ хуже, чем {baseline}: 95-процентный интервал разности не содержит 0. Без знака: возможно, случай.",
    relations={
        "better": "лучше базы сравнения",
        "worse": "хуже базы сравнения",
        "different": "отличается от базы сравнения",
        "unclear": "может быть случайным",
    },
    kinds={
        "reference": "Сходство с образцами",
        "act": "Речевой акт",
        "check": "Проверки",
        "judge": "Судьи",
        "other": "Другие показатели",
    },
    differences="Разности",
    differences_title="Разности с {baseline}",
    differences_hint=(
        "Каждая линия — 95-процентный интервал разности по случаям, измеренным у обоих. "
        "Линия, не задевающая 0, вряд ли случайна; правее 0 — лучше."
    ),
    interval="95-процентный интервал",
    difference_heads=(
        "Разность",
        "95-процентный интервал",
        "p",
        "p по Бенджамини — Хохбергу",
        "Эффект d_z",
        "Лучше / поровну / хуже",
        "Различимо",
        "Ещё диалогов",
        "Случаи",
        "Диалоги",
    ),
    tests={
        "sign_flips": "случайные знаки",
        "sign_flips_normal": "случайные знаки, нормальная кривая",
        "mcnemar": "Макнемар",
        "bootstrap": "бутстреп",
    },
    uncorrected="без поправки",
    whole_dialogues="целые диалоги",
    marks_that_hold=(
        "После поправки на число сравнений, {count}, остаётся знаков с p < 0,05: {kept} из {marked} (метод Бенджамини — "
        "Хохберга)."
    ),
    all_differences="Все разности таблицей",
    all_differences_hint=(
        "p — двустороннее, единица наблюдения — целый диалог: точный критерий Макнемара для показателей «да/нет», "
        "случайные знаки для остальных, парный бутстреп для корпусных. В следующем столбце — с поправкой на число "
        "сравнений по Бенджамини — Хохбергу. d_z — разность в стандартных отклонениях разностей по случаям. Различимо: "
        "наименьшая настоящая разность, которую столько диалогов покажут в четырёх прогонах из пяти. Ещё диалогов: "
        "столько нужно, чтобы так же часто показать разность этой величины, пока она может быть случайной. Целые диалоги:"
        " доля диалогов, в которых зачтены все целевые реплики."
    ),
    key_better="лучше",
    key_worse="хуже",
    key_unclear="может быть случайным",
    chart_title="{candidate} против {baseline}, средняя разность и 95-процентный интервал в процентах шкалы:",
    chart_axis="← хуже · % шкалы · лучше →",
    chart_row="{measure} {difference} {interval}",
    jury_disagreement="{jury}: разногласие",
    preferences="Предпочтения",
    preferences_hint=(
        "Какой из ответов двух кандидатов судья считает лучшим; спрошено в обоих порядках. Доля побед — победы и половина "
        "ничьих среди сравнений, исход которых одинаков в обоих порядках; её 95-процентный интервал берёт диалог целиком. "
        "Что меняется с порядком, непоследовательно и не засчитывается никому. При равной длине: доля побед, какой можно "
        "ожидать, будь оба ответа одинаково длинны."
    ),
    preference_heads=(
        "Кандидат",
        "Против",
        "Доля побед",
        "Интервал 95 %",
        "При равной длине",
        "Интервал 95 %",
        "Победы / ничьи / поражения",
        "Непоследовательно",
        "Прочитано",
    ),
    preference_in_short=(
        "{candidate} побеждает {against} в доле {rate} {interval}, при равной длине {controlled}; "
        "исход меняется с порядком в {inconsistent} сравнений."
    ),
    preference_unknown=(
        "{candidate} нельзя сравнить с {against}: ни один исход не одинаков в обоих порядках (непоследовательно: {inconsistent})."
    ),
    ranking="Рейтинг",
    ranking_hint=(
        "По всем сравнениям вместе, по модели Брэдли — Терри: логарифм шансов победить базу, у которой 0, "
        "и вытекающая доля побед."
    ),
    ranking_heads=("Место", "Кандидат", "Сила", "Интервал 95 %", "Доля побед над базой"),
    ranking_in_short="Рейтинг, {measure}, логарифм шансов против базы: {places}.",
    slices="Срезы",
    slices_hint=(
        "Те же средние на частях набора: по ожидаемому акту, языку, месту в диалоге, длине контекста, затем по меткам. "
        "Части, где меньше 20 диалогов, отмечены: они сильно зависят от случая."
    ),
    slices_left_out="Не показано более редких меток: {count}.",
    acts="Речевые акты",
    acts_hint="Что ответ должен был сделать (строки) и что он сделал (столбцы), в числе ответов. Верные ответы обведены.",
    act_due="ожидался",
    act_done="сделан",
    act_unmeasured="не измерено",
    acts_right="верно {share}",
    cases="Случаи",
    cases_whole="Все случаи прогона ({count}) с каждым ответом, оценкой и причиной.",
    cases_chosen=(
        "На этой странице случаев: {shown} из {count}: типичные ошибки, подозрения на атаку, наибольшие потери против базы "
        "сравнения и из каждого среза худшие, лучшие и случайная выборка. Все строки — в файлах Parquet рядом со страницей; "
        "все случаи показывает `rejoinder view`."
    ),
    judge_kin=(
        "Судья {judge} — одного семейства с {candidates}. Судьи склонны предпочитать то, что сказали бы сами: "
        "сравнивайте этих кандидатов с другими с помощью другого судьи."
    ),
    attacks_suspected="Ответы, подозреваемые в попытке повлиять на судью: {count} ({candidates}). Найдено: {kinds}.",
    attack_kinds=ATTACK_KINDS,
    needs_script="Этой части нужен JavaScript. Он работает только внутри страницы и ничего не загружает.",
    skip_to_measures="К показателям",
    contents="Содержание",
    suite="Набор",
    version="версия",
    dialogues="диалогов",
    when="Когда",
    still_running="не завершён",
    hardware="Оборудование",
    glossary="Что значат показатели",
    scale="Шкала от {low} до {high}.",
    adapters="Адаптеры",
    adapters_hint=(
        "Что показывает, что каждый адаптер работал (спрошено до первого ответа): насколько логарифмы вероятностей токенов "
        "в нескольких постоянных ответах (в натах) отличаются от базовой модели и от того, что вычисляет сама библиотека peft."
    ),
    adapter_heads=("Кандидат", "Адаптер", "От базы, в среднем", "наибольшее", "От peft, в среднем", "Примечание"),
    adapter_tolerated="{difference} (не более {tolerance})",
    adapter_weak="так слаб, что сходство с peft говорит мало",
    adapter_in_short="Адаптер кандидата {candidate}: отличие от базы {from_base} нат, от peft {from_peft} в среднем.",
    provenance="Как получен этот прогон",
    repeatability="При повторном прогоне",
    repeats={
        "exactly": "те же ответы",
        "up_to_rounding": (
            "те же ответы на той же машине и сборке с точностью до округления ({precision}): последние знаки сумм зависят от "
            "состава пакета, а от них изредка зависит слово ответа"
        ),
        "not_promised": "возможно, другие ответы, даже при температуре 0 или с той же затравкой: сервер их не обещает",
    },
    command="Команда",
    signature="Подпись",
    suite_hash="Хеш набора",
    git_commit="Коммит git",
    seeds="Затравки",
    versions="Версии",
    candidate_settings="Настройки {candidate}",
    run_status="Состояние",
    run_statuses={"complete": "завершён", "incomplete": "не завершён"},
    whole_spec="Вся спецификация",
)
