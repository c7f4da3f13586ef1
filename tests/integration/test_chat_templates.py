"""Chat template arguments, tools and tool calls, rendered by the real tokenizer with templates of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.engines.chat_prompts import ChatPrompts, chat_prompts, load_tokenizer
from harness.engines.checkpoints import find_checkpoint
from harness.engines.engine import RequestError
from harness.engines.local_options import TransformersOptions
from suites.userfile import InputError

pytestmark = pytest.mark.model

THINKING = """\
{%- for message in messages %}<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endfor %}<|im_start|>assistant
{% if enable_thinking is defined and enable_thinking is false %}<think>

</think>

{% endif %}"""

WITH_TOOLS = """\
{%- if tools %}
Tools:{% for tool in tools %} {{ tool.function.name }} {{ tool.function.parameters | tojson }}{% endfor %}
{{- "\\n" }}
{%- endif %}
{%- for message in messages %}
{{- message.role }}: {{ message.content }}
{%- for call in message.tool_calls or [] %}
[{{ call.function.name }}{% for name, value in call.function.arguments.items() %} {{ name }}={{ value }}{% endfor %}]
{%- endfor %}
{{- "\\n" }}
{%- endfor %}
assistant:"""

MENU = {"type": "function", "function": {"name": "menu", "parameters": {"type": "object", "properties": {}}}}


def prompts(checkpoint: Path, folder: Path, template: str, **options: Any) -> ChatPrompts:
    file = folder / "template.jinja"
    file.write_text(template, encoding="utf-8")
    settings = TransformersOptions(model=str(checkpoint), chat_template=file, **options)
    found = find_checkpoint(settings)
    return chat_prompts(load_tokenizer(found, settings), found, settings)


def rendered(of: ChatPrompts, messages: list[dict[str, Any]], tools: list[dict[str, Any]] | None = None) -> str:
    return str(of.tokenizer.decode(of.prompt(messages, tools or ())))


def test_arguments_reach_the_chat_template(checkpoint: Path, tmp_path: Path) -> None:
    hello = [{"role": "user", "content": "Hi"}]
    default = prompts(checkpoint, tmp_path, THINKING)
    without = prompts(checkpoint, tmp_path, THINKING, chat_template_kwargs={"enable_thinking": False})
    assert rendered(default, hello).endswith("<|im_start|>assistant\n")
    assert rendered(without, hello) == rendered(default, hello) + "<think>\n\n</think>\n\n"
    assert default.template_hash != without.template_hash


def test_reasoning_tags_come_from_the_template_or_the_options(checkpoint: Path, tmp_path: Path) -> None:
    def spoken(of: ChatPrompts, text: str) -> tuple[str | None, str]:
        return of.spoken(of.prompt([{"role": "user", "content": "Hi"}]), of.tokens(text), text)

    written = "<think>Hm</think>Hello."
    by_template = prompts(checkpoint, tmp_path, THINKING)
    assert spoken(by_template, written) == ("Hm", "Hello.")
    off = prompts(checkpoint, tmp_path, THINKING, reasoning_tags="none")
    assert spoken(off, written) == (None, written)
    assert off.template_hash != by_template.template_hash
    plain = THINKING.replace("think>", "plan>")
    assert spoken(prompts(checkpoint, tmp_path, plain), written) == (None, written)
    own = prompts(checkpoint, tmp_path, plain, reasoning_tags=("<plan>", "</plan>"))
    assert spoken(own, "<plan>Hm</plan>Hello.") == ("Hm", "Hello.")


@pytest.mark.parametrize("arguments", [{"of": "tea"}, '{"of": "tea"}'], ids=["as an object", "as text"])
def test_tools_their_calls_and_results_are_rendered_as_the_template_has_them(
    checkpoint: Path, tmp_path: Path, arguments: Any
) -> None:
    messages = [
        {"role": "user", "content": "Tea?"},
        {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "menu", "arguments": arguments}}]},
        {"role": "tool", "content": "green", "tool_call_id": "c1"},
    ]
    given = json.dumps(messages)
    with_tools = prompts(checkpoint, tmp_path, WITH_TOOLS)
    turns = "user: Tea?\nassistant: [menu of=tea]\ntool: green\nassistant:"
    assert rendered(with_tools, messages) == turns
    definition = json.dumps(MENU["function"]["parameters"])  # type: ignore[index]
    assert rendered(with_tools, messages, [MENU]) == f"Tools: menu {definition}\n{turns}"
    assert json.dumps(messages) == given


def test_arguments_that_are_no_json_stay_text(checkpoint: Path, tmp_path: Path) -> None:
    messages = [
        {"role": "user", "content": "Tea?"},
        {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "menu", "arguments": "{of"}}]},
    ]
    with pytest.raises(RequestError, match="chat template cannot render these messages"):
        prompts(checkpoint, tmp_path, WITH_TOOLS).prompt(messages)  # it asks for an object


def test_a_template_that_cannot_be_used_is_named(checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"template\.jinja: is no chat template that can be used"):
        prompts(checkpoint, tmp_path, "{{ raise_exception('never') }}")
