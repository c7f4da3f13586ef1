"""From the engine that a spec names to the engine itself. Engines are imported only when they are chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from harness.engines.engine import Candidate, Engine
from harness.environment import is_installed
from suites.userfile import InputError, explain, unknown_name

if TYPE_CHECKING:
    from pathlib import Path

    from harness.engines.peft_reference import PeftReference
    from harness.spec import EngineSpec

LOCAL_KINDS = ("transformers", "vllm")
"""Engines that load a model on this machine."""
KINDS = ("auto", *LOCAL_KINDS, "openai", "recorded")
PLUGINS = "rejoinder.engines"

OptionsT = TypeVar("OptionsT", bound=BaseModel)

_FIELDS_BY_KIND = {
    "transformers": {"adapter"},
    "vllm": {"adapter"},
    "openai": {"model"},
    "recorded": {"replies"},
}
"""Which of a candidate's fields only some engines understand."""


def resolved_kind(spec: EngineSpec) -> str:
    """The engine's kind, with `auto` decided.

    Raises:
        InputError: There is no such kind, or nothing is installed that could run a model.
    """
    if spec.kind == "auto":
        return _best_installed()
    plugins = {plugin.name for plugin in entry_points(group=PLUGINS)}
    if spec.kind not in KINDS and spec.kind not in plugins:
        raise InputError(unknown_name(spec.kind, [*KINDS, *sorted(plugins)], "engine"), field="engine.kind")
    for module, kinds in (("torch", ("transformers",)), ("vllm", ("vllm",))):
        if spec.kind in kinds and not is_installed(module):
            raise InputError(
                f"the engine '{spec.kind}' is not installed; install it with: pip install 'rejoinder[{spec.kind}]'",
                field="engine.kind",
            )
    return spec.kind


def _best_installed() -> str:
    """vLLM where there is a CUDA device and vLLM is installed, else transformers."""
    if not is_installed("torch"):
        raise InputError(
            "no engine that runs a model is installed; install one with: pip install 'rejoinder[transformers]', "
            "or choose `kind: openai` or `kind: recorded`",
            field="engine.kind",
        )
    if is_installed("vllm"):
        import torch  # noqa: PLC0415 - heavy

        if torch.cuda.is_available():
            return "vllm"
    return "transformers"


def make_engine(kind: str, spec: EngineSpec, candidates: Mapping[str, Candidate]) -> Engine:
    """The engine of a kind that `resolved_kind` gave; nothing is loaded yet.

    Raises:
        InputError: A setting of the engine or of a candidate does not fit it.
    """
    _check_candidates(kind, candidates)
    match kind:
        case "transformers":
            from harness.engines.transformers_engine import TransformersEngine, TransformersOptions  # noqa: PLC0415

            return TransformersEngine(_options(TransformersOptions, _with_model(spec)), candidates)
        case "vllm":
            from harness.engines.vllm_engine import VllmEngine, VllmOptions  # noqa: PLC0415

            # What is not Rejoinder's own setting is vLLM's, and vLLM's names are checked by the engine.
            own = _own_settings(VllmOptions, spec)
            passed_on = {name: value for name, value in spec.options.items() if name not in own}
            return VllmEngine(_options(VllmOptions, own | {"options": passed_on}), candidates)
        case "openai":
            from harness.engines.openai_engine import OpenAiEngine, OpenAiOptions  # noqa: PLC0415

            return OpenAiEngine(_options(OpenAiOptions, dict(spec.options) | _model_field(spec)), candidates)
        case "recorded":
            from harness.engines.recorded_engine import RecordedEngine, RecordedOptions  # noqa: PLC0415

            return RecordedEngine(_options(RecordedOptions, dict(spec.options)), candidates)
    (plugin,) = entry_points(group=PLUGINS, name=kind)
    engine: Engine = plugin.load()(dict(spec.options) | _model_field(spec), candidates)
    return engine


def make_peft_reference(spec: EngineSpec, adapters: Iterable[Path]) -> PeftReference:
    """What peft says of adapters on the base of a local engine.

    Raises:
        InputError: A setting of the engine does not fit it.
    """
    from harness.engines.local_options import LocalOptions  # noqa: PLC0415
    from harness.engines.peft_reference import PeftReference  # noqa: PLC0415

    return PeftReference(_options(LocalOptions, _own_settings(LocalOptions, spec)), adapters)


def _own_settings(record: type[BaseModel], spec: EngineSpec) -> dict[str, Any]:
    """The settings that a record knows."""
    return {name: value for name, value in _with_model(spec).items() if name in record.model_fields}


def _model_field(spec: EngineSpec) -> dict[str, Any]:
    return {"model": spec.model} if spec.model is not None else {}


def _with_model(spec: EngineSpec) -> dict[str, Any]:
    if spec.model is None:
        raise InputError("is missing; name the folder or hub name of the base model", field="engine.model")
    return dict(spec.options) | {"model": spec.model}


def _options(record: type[OptionsT], fields: Mapping[str, Any]) -> OptionsT:
    try:
        return record.model_validate(fields)
    except ValidationError as error:
        problem, field = explain(error, record, fields)
        raise InputError(problem, field=("engine", "options", *field)) from None


def _check_candidates(kind: str, candidates: Mapping[str, Candidate]) -> None:
    understood = _FIELDS_BY_KIND.get(kind)
    if understood is None:  # a plugin checks for itself
        return
    for name, candidate in candidates.items():
        for field in ("adapter", "merge", "model", "replies"):
            if getattr(candidate, field) and field not in understood:
                raise InputError(f"the engine '{kind}' cannot use it; leave it out", field=("candidates", name, field))
