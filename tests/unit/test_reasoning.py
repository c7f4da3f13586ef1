"""Splitting what a reasoning model writes: on text, and on token ids where decoding leaves the tags out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from transformers import PreTrainedTokenizerFast

from harness.engines.reasoning import THINK, ReasoningSplitter, ReasoningTags, split_text, tags_in

HARMONY = ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>")


@pytest.mark.parametrize(
    ("text", "opened", "reasoning", "reply"),
    [
        ("<think>Coffee?</think>\n\nA latte.", False, "Coffee?", "A latte."),
        ("\n <think>\nCoffee?\n</think>A latte.", False, "Coffee?", "A latte."),
        ("Coffee?\n</think>\n\nA latte.", True, "Coffee?", "A latte."),
        ("<think>Coffee?</think>A latte.", True, "Coffee?", "A latte."),  # the tag once more
        ("Coffee?</think>A latte.", False, "Coffee?", "A latte."),  # a beginning that cannot be seen
        ("<think></think>A latte.", False, "", "A latte."),
        ("<think>\n\n</think>\n\nA latte.", False, "", "A latte."),
        ("<think>Coffee, or", False, "Coffee, or", ""),
        ("Coffee, or", True, "Coffee, or", ""),
        ("<think>", False, "", ""),
        ("", True, "", ""),
        ("Coffee?</think>", True, "Coffee?", ""),
        ("A latte.", False, None, "A latte."),
        (" A latte.\n", False, None, " A latte.\n"),
        ("", False, None, ""),
        ("Write <think> and </think> around it.", False, None, "Write <think> and </think> around it."),
        ("Begin with <think>.", False, None, "Begin with <think>."),
        ("<thinking>Hm</thinking>A latte.", False, None, "<thinking>Hm</thinking>A latte."),
        ("<THINK>Hm</THINK>A latte.", False, None, "<THINK>Hm</THINK>A latte."),
        ("<think>Tags: <think> again</think>A latte.", False, "Tags: <think> again", "A latte."),
        ("<think>One</think>A latte.<think>Two</think>", False, "One", "A latte.<think>Two</think>"),
        ("Hm</think>Write </think>.", True, "Hm", "Write </think>."),
        ("<thi", False, None, "<thi"),
    ],
)
def test_thoughts_are_what_stands_before_their_end(text: str, opened: bool, reasoning: str | None, reply: str) -> None:
    assert split_text(text, THINK, opened=opened) == (reasoning, reply)


def test_other_tags() -> None:
    assert split_text("[THINK]Hm[/THINK]Oui.", ("[THINK]", "[/THINK]")) == ("Hm", "Oui.")
    assert split_text("[THINK]Hm[/THINK]Oui.", THINK) == (None, "[THINK]Hm[/THINK]Oui.")


@pytest.mark.parametrize(
    ("template", "tags"),
    [
        ("{{ messages[0].content }}{% if enable_thinking is false %}<think>\n\n</think>{% endif %}", THINK),
        ("{{ content.split('</think>')[-1] }}", THINK),
        ("[SYSTEM_PROMPT][THINK]...[/THINK][/SYSTEM_PROMPT]", ("[THINK]", "[/THINK]")),
        ("<seed:think></seed:think>", ("<seed:think>", "</seed:think>")),
        ("{{ messages[0].content }}", None),
        ("I think so", None),
    ],
)
def test_tags_are_found_in_the_chat_template(template: str, tags: ReasoningTags | None) -> None:
    assert tags_in(template) == tags


def tokenizer_with(*special: str, plain: tuple[str, ...] = ()) -> PreTrainedTokenizerFast:
    """A tokenizer of single bytes, with tags that decoding can leave out and others that it cannot."""
    alphabet = sorted(ByteLevel.alphabet())
    bytes_only = Tokenizer(BPE({letter: index for index, letter in enumerate(alphabet)}, []))
    bytes_only.pre_tokenizer = ByteLevel(add_prefix_space=False)
    bytes_only.decoder = ByteLevelDecoder()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bytes_only)
    tokenizer.add_special_tokens({"additional_special_tokens": [*special]})
    tokenizer.add_tokens([*plain])
    return tokenizer


TOKENIZERS = {
    "special tokens": tokenizer_with("<think>", "</think>"),
    "a special end": tokenizer_with("</think>", plain=("<think>",)),
    "tokens of the vocabulary": tokenizer_with(plain=("<think>", "</think>")),
    "letters": tokenizer_with(),
}


def spoken(
    tokenizer: PreTrainedTokenizerFast, prompt: str, written: str, tags: ReasoningTags = THINK, cut: str | None = None
) -> tuple[str | None, str]:
    """What the splitter makes of a text that was written after a prompt, its text cut before `cut`."""
    tokens = tokenizer(written, add_special_tokens=False)["input_ids"]
    text = tokenizer.decode(tokens, skip_special_tokens=True)
    if cut is not None:
        text = text.partition(cut)[0]
    return ReasoningSplitter(tokenizer, tags).split(tokenizer(prompt)["input_ids"], tokens, text)


@pytest.mark.parametrize("tokenizer", TOKENIZERS.values(), ids=list(TOKENIZERS))
@pytest.mark.parametrize(
    ("prompt", "written", "expected"),
    [
        ("user: hi\nassistant:", "<think>Кофе?</think>\n\nЛатте ☕.", ("Кофе?", "Латте ☕.")),
        ("user: hi\nassistant:", "\n<think>\nHm</think>Yes", ("Hm", "Yes")),
        ("user: hi\nassistant:<think>", "Hm</think>Yes", ("Hm", "Yes")),
        ("user: hi\nassistant:<think>\n\n", "Hm</think>Yes", ("Hm", "Yes")),
        ("user: hi\nassistant:<think>\n", "Hm, well", ("Hm, well", "")),
        ("user: hi\nassistant:<think>\n\n</think>\n\n", "Yes", (None, "Yes")),
        ("user: what is <think>?\nassistant:", "A tag.", (None, "A tag.")),
        ("user: hi\nassistant:", "<think>Hm", ("Hm", "")),
        ("user: hi\nassistant:", "Yes", (None, "Yes")),
    ],
)
def test_tags_are_found_however_the_tokenizer_has_them(
    tokenizer: PreTrainedTokenizerFast, prompt: str, written: str, expected: tuple[str | None, str]
) -> None:
    assert spoken(tokenizer, prompt, written) == expected


@pytest.mark.parametrize("tokenizer", TOKENIZERS.values(), ids=list(TOKENIZERS))
def test_the_reply_stays_cut_before_its_stop_text(tokenizer: PreTrainedTokenizerFast) -> None:
    assert spoken(tokenizer, "a:", "<think>Hm</think>Yes\nuser", cut="\nuser") == ("Hm", "Yes")
    assert spoken(tokenizer, "a:<think>", "Hm\nuser", cut="\nuser") == ("Hm", "")


def test_tags_of_several_tokens_of_which_decoding_leaves_some_out() -> None:
    tokenizer = tokenizer_with("<|channel|>", "<|message|>", "<|start|>", "<|end|>")
    written = f"{HARMONY[0]}Hm{HARMONY[1]}Yes"
    assert tokenizer.decode(tokenizer(written)["input_ids"], skip_special_tokens=True) == "analysisHmassistantfinalYes"
    assert spoken(tokenizer, "a:", written, HARMONY) == ("Hm", "Yes")
    assert spoken(tokenizer, "a:", "Yes", HARMONY) == (None, "Yes")


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<>"), max_size=30)


@given(TEXT, TEXT, st.sampled_from(sorted(TOKENIZERS)), st.booleans())
def test_nothing_but_white_space_and_tags_gets_lost(thoughts: str, reply: str, name: str, opened: bool) -> None:
    prompt, begin = ("a:<think>", "") if opened else ("a:", "<think>")
    found = spoken(TOKENIZERS[name], prompt, f"{begin}{thoughts}</think>{reply}")
    assert found == (thoughts.strip(), reply.lstrip())
