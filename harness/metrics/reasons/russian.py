"""What metrics say of their measurements, in Russian."""

from __future__ import annotations

from typing import Final

from harness.metrics.reasons.words import ActReasons, Reasons

RUSSIAN: Final = Reasons(
    no_reference="у случая нет образца",
    no_words_in_references="в образцах нет слов",
    too_few_words="слов в ответе должно быть не меньше {least}",
    not_a_number="метрика вернула {value} как «{figure}»",
    nothing_expected="здесь ничего не ожидается",
    does_not_mention="не упоминает: {phrases}",
    mentions="упоминает лишнее: {phrases}",
    wrong_order="неверно: {lines}",
    order_line="{quantity} × {item} ({read})",
    not_named="не названо",
    read_as="прочитано как {quantities}",
    asks_nothing="ничего не спрашивает",
    does_not_ask="не спрашивает: {phrases}",
    asks_again="спрашивает снова: {phrases}",
    no_act_due="ожидаемого акта здесь нет",
    no_rules="для языка «{language}» нет правил",
    empty_reply="ответ пуст",
    acts=ActReasons(
        bids_to_review="просит проверить заказ",
        ends_in_full_recap="под конец перечисляет две позиции или больше и ничего нового не спрашивает",
        asks_what_instead="говорит, что чего-то нет, и спрашивает, чем заменить",
        sold_out="говорит, что чего-то сейчас нет",
        not_done_here="говорит, что этого здесь не делают или не продают",
        lacking="говорит, что чего-то нет",
        regrets="сожалеет и ничего не подытоживает",
        asks_for_the_unknown="спрашивает о том, что пока неизвестно",
        asks_whether_right="спрашивает, всё ли верно, можно ли оформлять",
        sums_up="подытоживает или перечисляет заказанное",
        only_offers_service="только спрашивает, чего желает покупатель",
        proposes="что-то предлагает",
        asks_yes_or_no="задаёт вопрос, на который отвечают «да» или «нет»",
        states_a_fact="сообщает факт",
        does_none_of_this="ничего из этого не делает",
    ),
)
