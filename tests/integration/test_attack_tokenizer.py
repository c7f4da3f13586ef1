"""That no attack adds a special token to a judge's prompt, counted in the tokens of a real tokenizer and its own template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from judge_models import case_of

from harness.engines.engine import Candidate
from harness.engines.local_candidates import find_candidates
from harness.engines.local_options import TransformersOptions
from judges.attack.attacks import battery
from judges.attack.structure import ChatTemplate, structural_escapes
from judges.loading import load_rubric
from judges.prompting.defence import Defence
from judges.prompting.prompt import judge_prompt

pytestmark = pytest.mark.model

CORRECTNESS = load_rubric("correctness")
CASE = case_of(("user", "A latte and a bagel."), references=("One latte and one bagel, right?",))


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_number_of_special_tokens_does_not_depend_on_the_reply(checkpoint: Path, language: str) -> None:
    candidates = find_candidates(TransformersOptions(model=str(checkpoint)), {"judge": Candidate()})
    tokenizer, prompts = candidates.tokenizer, candidates.by_name["judge"].prompts
    named = candidates.special_tokens()
    assert {"<|im_start|>", "<|im_end|>", "<|endoftext|>"} <= named
    special = {token for token, added in tokenizer.added_tokens_decoder.items() if added.special}
    template = ChatTemplate(lambda messages: rendered(tokenizer, messages), named)

    def prompt(reply: str, defence: Defence = Defence.FULL) -> list[dict[str, str]]:
        question = replace(next(CORRECTNESS.questions(language)), defence=defence, special_tokens=named)
        return judge_prompt(question, CORRECTNESS.readout, CASE, reply)

    def special_tokens_in(messages: Sequence[Mapping[str, Any]]) -> Counter[int]:
        return Counter(token for token in prompts.prompt(messages) if token in special)

    ordinary, wording = prompt("A latte and a bagel."), CORRECTNESS.answers(language).wording
    usual = special_tokens_in(ordinary)
    assert usual.total() == sum(template.tokens_in(ordinary).values())
    broken_plain = 0
    for attack in battery():
        if attack.language == language:
            text = attack.on("A latte and a bagel.", CORRECTNESS.answers(language), best="pass", worst="fail")
            assert special_tokens_in(prompt(text)) == usual, attack.name
            assert structural_escapes(prompt(text), ordinary, template, wording) == ()
            broken_plain += special_tokens_in(prompt(text, Defence.PLAIN)) != usual
    everything = " ".join(tokenizer.get_vocab().keys() & set(tokenizer.get_added_vocab()))
    assert special_tokens_in(prompt(everything)) == usual
    assert broken_plain >= 4


def rendered(tokenizer: Any, messages: Sequence[Mapping[str, Any]]) -> str:
    return str(tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=True))
