"""What reports say of their pictures: see `reports.pages.wording.words`. Holds both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class PictureWords:
    """One language."""

    data: str
    """Over the table of a picture's data."""
    distributions: str
    distributions_hint: str
    distribution: str
    quantile_heads: tuple[str, str, str, str, str]
    share_of_scale: str
    heatmap: str
    heatmap_hint: str
    heatmap_level: str
    by_slice: str
    reliability: str
    reliability_hint: str
    reliability_point: str
    reliability_heads: tuple[str, str, str]
    by_judge: str
    by_people: str
    costs: str
    costs_hint: str
    cost: str
    quality: str
    tokens: str
    seconds: str


ENGLISH_PICTURES: Final = PictureWords(
    data="The same as a table",
    distributions="How values are spread",
    distributions_hint=(
        "Over the cases: the thin line holds 90 % of the values, the thick one the middle half, the point is the median."
    ),
    distribution="{measure} of {candidate}: median {middle}",
    quantile_heads=("5 %", "25 %", "median", "75 %", "95 %"),
    share_of_scale="% of the scale",
    heatmap="{candidate}: difference from the baseline by slice, % of the scale",
    heatmap_hint="More is better in every column; the stronger the colour, the larger the difference. * few dialogues.",
    heatmap_level="no difference that is unlikely to be chance",
    by_slice="Means of each slice, by measure",
    reliability="{measure}: judge and people",
    reliability_hint="The mean score that people gave, by the judge's score. On the dashed line they would agree.",
    reliability_point="judge {judge}, people {people}",
    reliability_heads=("Judge", "People", "Replies"),
    by_judge="score by the judge",
    by_people="mean score by people",
    costs="Cost against quality",
    costs_hint="What a reply costs in the mean, and how good it is overall. Up and to the left is better.",
    cost="{candidate}: quality {quality}, {tokens} tokens and {seconds} s a reply",
    quality="quality, % (act, checks, judges)",
    tokens="tokens a reply",
    seconds="seconds a reply",
)

RUSSIAN_PICTURES: Final = PictureWords(
    data="То же в таблице",
    distributions="Как распределены значения",
    distributions_hint="По случаям: тонкая линия — 90 % значений, толстая — средняя половина, точка — медиана.",
    distribution="{measure}, {candidate}: медиана {middle}",
    quantile_heads=("5 %", "25 %", "медиана", "75 %", "95 %"),
    share_of_scale="% шкалы",
    heatmap="{candidate}: разность с базой сравнения по срезам, % шкалы",
    heatmap_hint="Больше — лучше в каждом столбце; чем сильнее цвет, тем больше разность. * мало диалогов.",
    heatmap_level="нет разности, которая вряд ли случайна",
    by_slice="Средние каждого среза, по показателю",
    reliability="{measure}: судья и люди",
    reliability_hint="Средняя оценка людей при данной оценке судьи. На пунктирной линии они бы совпадали.",
    reliability_point="судья {judge}, люди {people}",
    reliability_heads=("Судья", "Люди", "Ответы"),
    by_judge="оценка судьи",
    by_people="средняя оценка людей",
    costs="Цена и качество",
    costs_hint="Сколько в среднем стоит ответ и насколько он хорош в целом. Лучше — выше и левее.",
    cost="{candidate}: качество {quality}, токенов {tokens} и секунд {seconds} на ответ",
    quality="качество, % (акт, проверки, судьи)",
    tokens="токенов на ответ",
    seconds="секунд на ответ",
)
