"""What a gate says in Russian."""

from __future__ import annotations

from typing import Final

from reports.pages.wording.gate_words import GateWords

RUSSIAN_GATE: Final = GateWords(
    figures={
        "error_share": "неудавшиеся запросы",
        "adapter_proof": "проверка адаптера",
        "completion_tokens": "токены ответа",
        "prompt_tokens": "токены запроса",
        "latency_s": "секунды до ответа",
    },
    slices={"act": "акт", "language": "язык", "depth": "глубина", "length": "длина", "tag": "метка"},
    in_slice="{measure} ({kind} {name})",
    rule_at_least="{measure} не меньше {bound}",
    rule_at_most="{measure} не больше {bound}",
    rule_observed="{rule}, по самому прогону",
    rule_against="{measure} против {against}, запас {margin}",
    rule_better="{measure} лучше, чем у {against}, на {margin}",
    rule_wins="{measure}: побед над {against} больше {bound}",
    rule_proven="действие адаптера доказано",
    mean="{measure}: среднее {figure} {interval}",
    difference="{measure}: разность с {against} {figure} {interval}",
    wins="{measure}: доля побед над {against} {figure} {interval}",
    good="{subject}, весь интервал по хорошую сторону от {limit}.",
    bad=(
        "{subject}, весь интервал по плохую сторону от {limit} "
        "(p {p}; с поправкой Холма, всего проверок {tests}: {p_corrected})."
    ),
    both="{subject}, по обе стороны от {limit}: {way_out}.",
    corrected_away=(
        "{subject}, весь интервал по плохую сторону от {limit}, но при стольких проверках это может быть случайностью "
        "(p {p}; с поправкой Холма, всего проверок {tests}: {p_corrected}): {way_out}."
    ),
    followed_good="После {after} диалогов из {dialogues}: {subject}, весь интервал по хорошую сторону от {limit}.",
    followed_bad="После {after} диалогов из {dialogues}: {subject}, весь интервал по плохую сторону от {limit}.",
    followed_open="После {after} диалогов из {dialogues}: {subject}, по обе стороны от {limit}: {way_out}.",
    stopped_for_others=(
        "{measure}: прогон остановился раньше конца, когда решились его собственные правила выпуска, а этого среди них не было; "
        "запустите без --until-decided."
    ),
    stopped_early=(
        "Остановлено раньше конца, после {replayed} диалогов из {dialogues} в случайном порядке: решены все правила "
        "({decisions}). Все средние относятся к этим диалогам; интервалы правил выпуска учитывают "
        "остановку, интервалы других таблиц — нет."
    ),
    followed_to_the_end=(
        "Правила проверялись по ходу прогона, чтобы остановить его, когда решены все: воспроизведены все диалоги, "
        "{dialogues} ({decisions})."
    ),
    followed_decision="{candidate}, {rule}: {outcome} после {after}",
    followed_decisions="правил: {count}, из них открыто: {open}; решены после {first}–{last} диалогов",
    would_decide="решить могли бы примерно {dialogues} диалогов всего",
    nothing_decides="нельзя сказать, сколько диалогов решили бы вопрос",
    at_least="{measure}: в этом прогоне {mean}, не ниже {bound}.",
    below="{measure}: в этом прогоне {mean}, ниже {bound}.",
    at_most="{measure}: в этом прогоне {mean}, не выше {bound}.",
    above="{measure}: в этом прогоне {mean}, выше {bound}.",
    covered="{measure}: измерено {share}, не меньше {bound}.",
    uncovered="{measure}: измерено лишь {share}, меньше {bound}.",
    proven="Действие адаптера {adapter} доказано.",
    weak="Адаптер {adapter} меняет так мало, что проверка ничего не говорит: {remark}.",
    unproven="Действие адаптера {adapter} доказать не удалось: {remark}.",
    without_proof="Адаптер {adapter} не проверялся: прогон сделан с `adapter_proof: off`.",
    no_adapter="У {candidate} нет адаптера, доказывать нечего.",
    no_slice="{measure}: в прогоне нет ни одного среза этого вида ({kind}), судить не о чем.",
    no_case="{measure}: ни один случай прогона не попадает в срез {name} ({kind}), судить не о чем.",
    itself=(
        "{measure}: выпускается только {candidate}, и правило сравнивает с {candidate} же; назовите другого кандидата "
        "в `candidate` или в `against`."
    ),
    too_few="{measure}: измерено диалогов: {dialogues}; для интервала нужно не меньше {fewest}.",
    unmeasured="{measure}: не измерено.",
    too_little="{reason}, но измерено лишь {share}, а требуется {bound}.",
    incomplete="Прогон не завершён; пока так: {reason}",
    not_compared="Сравнить не удалось: {problem}.",
    whole="правила выпуска: {outcome}",
    dialogues_of_run="{run}: диалоги",
)
