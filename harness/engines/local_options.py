"""Settings of the engines that run a model on this machine, `transformers` and `vllm`. Nothing here loads anything."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from harness.engines.reasoning import ReasoningTags
from suites.dialogue import NonBlank, Record

NumberType = Literal["auto", "float32", "bfloat16", "float16"]


class LocalOptions(Record):
    """What both engines need to know of the base model."""

    model: NonBlank
    """A folder, or a name on the Hugging Face hub."""
    revision: NonBlank | None = None
    """Branch, tag or commit on the hub; the default branch if not given."""
    dtype: NumberType = "auto"
    """Number type of the weights. `auto`: on a GPU, and always for `vllm`, that of the checkpoint; for `transformers` on a
    CPU bfloat16 if the checkpoint is in bfloat16 and the CPU calculates with it, else float32."""
    trust_remote_code: bool = False
    """Whether Python code that lies with the model may run."""
    allow_pickle: bool = False
    """Whether weights may be pickled files, which can run code when they are loaded, rather than safetensors."""
    chat_template: Path | None = None
    """Jinja file to be used instead of the chat template of the model and of its adapters."""
    chat_template_kwargs: dict[NonBlank, Any] = {}
    """Variables for the chat template (`enable_thinking: false`)."""
    merge: Path | None = None
    """Adapter that is merged into the model's weights before it is served. The harness sets it where a candidate says
    `merge: true`."""
    reasoning_tags: ReasoningTags | Literal["auto", "none"] = "auto"
    """What begins a reasoning model's thoughts and what ends them, so that they are kept apart from its reply
    (`[<think>, </think>]`). `auto`: the tags that the chat template speaks of; `none`: whatever is written is the reply."""


class TransformersOptions(LocalOptions):
    """Settings of the `transformers` engine."""

    batch_size: Annotated[int, Field(ge=1)] = 32
    """How many requests are worked on at a time, at most."""
    batch_tokens: Annotated[int, Field(ge=1)] = 32_768
    """Bound on requests in a batch times the longest prompt and reply among them; memory grows with it."""


class VllmOptions(LocalOptions):
    """Settings of the `vllm` engine."""

    options: dict[NonBlank, Any] = {}
    """vLLM's own engine arguments, by vLLM's names (`max_model_len`, `gpu_memory_utilization`)."""
    stall_timeout_s: Annotated[float, Field(gt=0)] = 300.0
    """After how many seconds without an answer or any other sign of life vLLM is taken to hang, so that the run ends and
    can be resumed. The first requests with an adapter or a structure can take half a minute, as vLLM compiles for them."""
