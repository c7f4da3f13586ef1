"""From chat messages to token ids: tokenizer and chat template of a base model, the same for every local engine."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.engines.checkpoints import Checkpoint, first_line
from harness.engines.engine import ChatMessages, RequestError, UnservedRequestError
from harness.engines.local_options import LocalOptions
from harness.engines.reasoning import ReasoningSplitter, ReasoningTags, Spoken, tags_in
from harness.engines.weight_files import text_hash
from suites.tool_calls import with_arguments_as_objects
from suites.userfile import InputError, read_text

TEMPLATE_DAY = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
"""Templates that print today's date get this day, so that a run repeated tomorrow has the same prompts."""


class ChatPrompts:
    """Renders messages with one chat template, splits texts into the base's tokens, and what is written into its parts."""

    def __init__(
        self, tokenizer: Any, template: str, template_kwargs: Mapping[str, Any], tags: ReasoningTags | None
    ) -> None:
        self.tokenizer = tokenizer
        self._template = template
        self._template_kwargs = dict(template_kwargs)
        self._tags = tags
        self._splitter = ReasoningSplitter(tokenizer, tags) if tags else None

    @property
    def template_hash(self) -> str:
        """Short hash of the template with its variables and of the tags around thoughts."""
        settings = [self._template_kwargs, self._tags]
        return text_hash(self._template + json.dumps(settings, sort_keys=True, default=str))

    @property
    def end_tokens(self) -> frozenset[int]:
        """The token that the tokenizer names as the end of a text, if it does."""
        end = self.tokenizer.eos_token_id
        return frozenset() if end is None else frozenset([end])

    def prompt(self, messages: ChatMessages, tools: Sequence[Mapping[str, Any]] = ()) -> list[int]:
        """The tokens of `messages` up to where the reply begins; a template that knows tools tells the model of them.

        Raises:
            RequestError: The template cannot render these messages.
        """
        try:
            text = self.tokenizer.apply_chat_template(
                with_arguments_as_objects(messages),
                tools=[dict(tool) for tool in tools] or None,
                chat_template=self._template,
                add_generation_prompt=True,
                tokenize=False,
                strftime_now=TEMPLATE_DAY.strftime,
                **self._template_kwargs,
            )
        except Exception as error:  # a template can raise anything: it is a program
            raise RequestError(
                f"the model's chat template cannot render these messages: {first_line(error)}"
            ) from error
        return self.tokens(text)

    def tokens(self, text: str) -> list[int]:
        """The tokens of a text alone, without a begin or end token that the tokenizer might add."""
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def reply(self, text: str) -> list[int]:
        """The tokens of a given reply.

        Raises:
            RequestError: There are none.
        """
        tokens = self.tokens(text)
        if not tokens:
            raise RequestError("an empty reply has no log-probabilities")
        return tokens

    def text(self, tokens: Sequence[int]) -> str:
        """The text of generated tokens, without control tokens."""
        return str(self.tokenizer.decode(tokens, skip_special_tokens=True))

    def spoken(self, prompt: Sequence[int], tokens: Sequence[int], text: str) -> Spoken:
        """What was generated after a prompt, the thoughts of a reasoning model apart from its reply.

        Args:
            prompt: Tokens of the prompt.
            tokens: The generated tokens.
            text: Their text without control tokens, up to where the reply ends.
        """
        return self._splitter.split(prompt, tokens, text) if self._splitter else Spoken(None, text)

    def spelled(self, tokens: Sequence[int]) -> tuple[str, ...]:
        """The text of each token by itself."""
        return tuple(self.tokenizer.decode([token]) for token in tokens)

    def first_tokens(self, labels: Sequence[str]) -> list[int]:
        """The first token of each label.

        Raises:
            UnservedRequestError: Two labels begin with the same token, so that the model cannot tell them apart there.
            RequestError: A label is empty.
        """
        label_of: dict[int, str] = {}
        for label in labels:
            tokens = self.tokens(label)
            if not tokens:
                raise RequestError("an answer of the scale is empty")
            other = label_of.setdefault(tokens[0], label)
            if other != label:
                raise UnservedRequestError(
                    f"the answers '{other}' and '{label}' begin with the same token of this model; name the answers so that "
                    "their beginnings differ, or set the rubric's readout to sampled_label, free_text or json"
                )
        return [self.tokens(label)[0] for label in labels]


def load_tokenizer(checkpoint: Checkpoint, options: LocalOptions) -> Any:
    """The base's tokenizer.

    Raises:
        InputError: The folder holds none that transformers can load.
    """
    from transformers import AutoTokenizer  # noqa: PLC0415 - heavy

    try:
        return AutoTokenizer.from_pretrained(
            checkpoint.folder, trust_remote_code=options.trust_remote_code, local_files_only=True
        )
    except Exception as error:  # tokenizers raise whatever their file formats' readers raise
        raise InputError(f"has no tokenizer that can be loaded: {first_line(error)}", file=checkpoint.folder) from error


def chat_prompts(
    tokenizer: Any, checkpoint: Checkpoint, options: LocalOptions, adapter_folder: Path | None = None
) -> ChatPrompts:
    """Prompts with the template of the options, else the adapter's own, else the base's.

    An adapter that was saved with a chat template was trained on prompts of that form.

    Raises:
        InputError: There is no template, or it cannot render a plain question.
    """
    file, template = _template(tokenizer, checkpoint, options, adapter_folder)
    prompts = ChatPrompts(tokenizer, template, options.chat_template_kwargs, _reasoning_tags(options, template))
    try:
        prompts.prompt([{"role": "user", "content": "Hello"}])
    except RequestError as error:
        raise InputError(
            f"is no chat template that can be used: {first_line(error.__cause__ or error)}", file=file
        ) from None
    return prompts


def _reasoning_tags(options: LocalOptions, template: str) -> ReasoningTags | None:
    match options.reasoning_tags:
        case "auto":
            return tags_in(template)
        case "none":
            return None
        case tags:
            return tags


def _template(
    tokenizer: Any, checkpoint: Checkpoint, options: LocalOptions, adapter_folder: Path | None
) -> tuple[Path, str]:
    """The template that counts, and where it was found."""
    if options.chat_template is not None:
        return options.chat_template, read_text(options.chat_template)
    if adapter_folder is not None and (template := saved_template(adapter_folder)) is not None:
        return adapter_folder, template
    try:
        return checkpoint.folder, str(tokenizer.get_chat_template())
    except ValueError:
        raise InputError(
            "has no chat template; give it one with `chat_template: FILE.jinja` under the engine's options",
            file=checkpoint.folder,
        ) from None


def saved_template(folder: Path) -> str | None:
    """The chat template that lies in an adapter's folder, if one does."""
    if (file := folder / "chat_template.jinja").is_file():
        return read_text(file)
    if not (file := folder / "tokenizer_config.json").is_file():
        return None
    try:
        settings = json.loads(read_text(file))
    except json.JSONDecodeError as error:
        raise InputError(f"is not JSON: {error.msg}", file=file, line=error.lineno) from None
    template = settings.get("chat_template") if isinstance(settings, dict) else None
    return template if isinstance(template, str) else None
