"""vLLM's engine arguments: Rejoinder's own with the user's put over them, checked by name and then by vLLM."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import ValidationError

from harness.engines.adapters import Adapter, check_vllm_serves
from harness.engines.checkpoints import first_line
from harness.engines.engine import EngineError
from harness.engines.local_candidates import LocalCandidates
from harness.engines.local_options import VllmOptions
from suites.userfile import InputError, unknown_name

_OPTIONS_FIELD = ("engine", "options")

_OWN_ARGUMENTS = {
    "model": "engine.model",
    "tokenizer": "engine.model",
    "served_model_name": "engine.model",
    "revision": "engine.options.revision",
    "enable_lora": "the candidates' `adapter`",
    "skip_tokenizer_init": "Rejoinder, which needs the tokenizer",
    "runner": "Rejoinder, which generates",
}
"""vLLM's arguments that are not for the user to pass on, and what sets them instead."""

_CHANGING_REPLIES = ("quantization", "kv_cache_dtype", "hf_overrides", "model_impl", "load_format")
"""Arguments that change what is replied beyond rounding."""

_CPU_CACHE_BYTES = 2 * 1024**3
_MAX_ADAPTERS_AT_A_TIME = 8


def engine_configuration(options: VllmOptions, served: LocalCandidates) -> Any:
    """vLLM's configuration for a base and its adapters.

    Raises:
        InputError: An adapter or one of the user's arguments is not for vLLM.
        EngineError: vLLM cannot run on this machine.
    """
    from vllm.engine.arg_utils import AsyncEngineArgs  # noqa: PLC0415 - heavy
    from vllm.lora.peft_helper import PEFTHelper  # noqa: PLC0415
    from vllm.platforms import current_platform  # noqa: PLC0415

    _check_names(options.options, [field.name for field in dataclasses.fields(AsyncEngineArgs)])
    for adapter in served.adapters:
        check_vllm_serves(adapter, patterns="rank_pattern" in PEFTHelper.__dataclass_fields__)
    arguments = _own_arguments(options, served, on_cpu=bool(current_platform.is_cpu())) | options.options
    try:
        return AsyncEngineArgs(**arguments).create_engine_config()
    except ValidationError as error:
        problem = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise InputError(f"vLLM refuses these settings: {problem}", field=_OPTIONS_FIELD) from error
    except (ValueError, TypeError) as error:
        raise InputError(f"vLLM refuses these settings: {first_line(error)}", field=_OPTIONS_FIELD) from error
    except Exception as error:  # whatever a platform raises that cannot run this model
        raise EngineError(f"vLLM cannot run here: {first_line(error)}") from error


def _check_names(options: Mapping[str, Any], known: Sequence[str]) -> None:
    for name in options:
        if name in _OWN_ARGUMENTS:
            raise InputError(f"is set by {_OWN_ARGUMENTS[name]}; leave it out here", field=(*_OPTIONS_FIELD, name))
        if name not in known:
            raise InputError(unknown_name(name, known, "engine argument of vLLM"), field=(*_OPTIONS_FIELD, name))


def _own_arguments(options: VllmOptions, served: LocalCandidates, *, on_cpu: bool) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "model": str(served.checkpoint.folder),
        "dtype": options.dtype,
        "trust_remote_code": options.trust_remote_code,
        "load_format": "safetensors" if served.checkpoint.safetensors else "auto",
        "disable_log_stats": True,
        # The library that the engine `transformers` uses too; where whitespace is free, small models write nothing else.
        "structured_outputs_config": {"backend": "guidance", "disable_any_whitespace": True},
    }
    if served.adapters:
        arguments |= _lora_arguments(served.adapters, options.options, on_cpu=on_cpu)
        arguments |= _adapted_modules(served.adapters)
    if on_cpu:
        arguments["enforce_eager"] = True  # compiling takes longer there than most runs gain by it
        # A prompt that is read in two steps winds the random numbers of its seed back, which the CPU's cannot (0.32): vLLM ends.
        arguments["enable_chunked_prefill"] = False
        # The prefix cache holds whole blocks only. vLLM's 128 tokens leave out much of what a judge's prompts share, and
        # blocks of 32, the smallest that the CPU's attention takes, made 200 verdicts 1.45 times faster.
        arguments["block_size"] = 32
        if not os.environ.get("VLLM_CPU_KVCACHE_SPACE"):
            arguments["kv_cache_memory_bytes"] = _CPU_CACHE_BYTES
    return arguments


def _lora_arguments(adapters: Sequence[Adapter], chosen: Mapping[str, Any], *, on_cpu: bool) -> dict[str, Any]:
    """What vLLM must know of the adapters beforehand; what the user has chosen must be enough for them."""
    largest = max(adapters, key=lambda adapter: adapter.max_rank)
    rank = chosen.get("max_lora_rank", _smallest_rank_for(largest))
    _check_at_least(largest.max_rank, "max_lora_rank", rank, f"the adapter {largest.folder.name} has that rank")
    # On the CPU vLLM gives requests without an adapter, when batched with others, the one in its last slot (0.26 to
    # 0.32: its number for "none", -1, is used as an index). So there the last slot stays empty.
    needed, reason = (
        (len(adapters) + 1, "one for each adapter, and on the CPU one that stays empty") if on_cpu else (1, "")
    )
    slots = chosen.get("max_loras", max(needed, min(len(adapters), _MAX_ADAPTERS_AT_A_TIME)))
    _check_at_least(needed, "max_loras", slots, reason)
    kept = chosen.get("max_cpu_loras", max(slots, len(adapters)) if isinstance(slots, int) else slots)
    _check_at_least(slots, "max_cpu_loras", kept, "as many as `max_loras`")
    return {"enable_lora": True, "max_lora_rank": rank, "max_loras": slots, "max_cpu_loras": kept}


def _check_at_least(needed: Any, name: str, value: Any, reason: str) -> None:
    """Refuse a number that cannot serve the adapters; what is no number is left for vLLM to refuse."""
    if isinstance(value, int) and isinstance(needed, int) and value < needed:
        problem = f"is {value}, but must be at least {needed} ({reason}); raise it, or leave it out and it is chosen"
        raise InputError(problem, field=(*_OPTIONS_FIELD, name))


def _smallest_rank_for(adapter: Adapter) -> int:
    from vllm.config.lora import MaxLoRARanks  # noqa: PLC0415 - heavy

    ranks = [int(rank) for rank in get_args(MaxLoRARanks)]
    if adapter.max_rank > max(ranks):
        raise InputError(
            f"is {adapter.max_rank}; vLLM serves ranks up to {max(ranks)}", file=adapter.config_file, field="r"
        )
    return min(rank for rank in ranks if rank >= adapter.max_rank)


def _adapted_modules(adapters: Sequence[Adapter]) -> dict[str, Any]:
    """The modules that adapters change, by the ends of their names; left to vLLM where it has other names for them.

    Any other module would calculate with an empty adapter for each token. With an empty one on the output layer, vLLM's CPU
    build also fails as soon as two requests at a time want the log-probabilities of a prompt (0.32).
    """
    from vllm.engine.arg_utils import AsyncEngineArgs  # noqa: PLC0415 - heavy

    modules = {module for adapter in adapters for module in adapter.adapted_modules}
    known = "lora_target_modules" in {field.name for field in dataclasses.fields(AsyncEngineArgs)}
    if not known or any(".experts" in module for module in modules):
        return {}
    return {"lora_target_modules": sorted({module.rpartition(".")[2] for module in modules})}


def changes_of_replies(options: Mapping[str, Any]) -> str:
    """The user's arguments that change replies, for the identity of the model."""
    return " ".join(f"{name}={options[name]}" for name in _CHANGING_REPLIES if name in options)
