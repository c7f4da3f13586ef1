"""Which engine a spec gets, and what is said where it does not fit."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from harness.engines import selection
from harness.engines.engine import Candidate
from harness.engines.recorded_engine import RecordedEngine
from harness.engines.selection import make_engine, resolved_kind
from harness.spec import EngineSpec
from suites.userfile import InputError


def installed(monkeypatch: pytest.MonkeyPatch, *modules: str, cuda: bool = False) -> None:
    monkeypatch.setattr(selection, "is_installed", lambda module: module in modules)
    torch = types.SimpleNamespace(cuda=types.SimpleNamespace(is_available=lambda: cuda))
    monkeypatch.setitem(sys.modules, "torch", torch)


@pytest.mark.parametrize(
    ("modules", "cuda", "kind"),
    [
        (("torch",), False, "transformers"),
        (("torch",), True, "transformers"),
        (("torch", "vllm"), False, "transformers"),
        (("torch", "vllm"), True, "vllm"),
    ],
)
def test_auto_takes_vllm_only_with_a_gpu(
    monkeypatch: pytest.MonkeyPatch, modules: tuple[str, ...], cuda: bool, kind: str
) -> None:
    installed(monkeypatch, *modules, cuda=cuda)
    assert resolved_kind(EngineSpec()) == kind


def test_without_torch_auto_says_what_to_install_or_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch)
    with pytest.raises(InputError, match=r"pip install 'rejoinder\[transformers\]'.*kind: openai"):
        resolved_kind(EngineSpec())


@pytest.mark.parametrize("kind", ["transformers", "vllm"])
def test_an_engine_that_is_not_installed_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    installed(monkeypatch)
    with pytest.raises(InputError, match=rf"pip install 'rejoinder\[{kind}\]'"):
        resolved_kind(EngineSpec(kind=kind))


def test_an_unknown_engine_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'recorded'"):
        resolved_kind(EngineSpec(kind="recorder"))


def test_a_local_engine_needs_a_model() -> None:
    with pytest.raises(InputError, match=r"engine\.model: is missing"):
        make_engine("transformers", EngineSpec(kind="transformers"), {"base": Candidate()})


def test_a_wrong_option_is_named_with_the_nearest() -> None:
    spec = EngineSpec(kind="transformers", model="x", options={"batchsize": 4})
    with pytest.raises(InputError, match=r"engine\.options\.batchsize: there is no field .* did you mean 'batch_size'"):
        make_engine("transformers", spec, {"base": Candidate()})


@pytest.mark.parametrize(
    ("kind", "candidate", "field"),
    [
        ("recorded", Candidate(adapter=Path("a")), "adapter"),
        ("openai", Candidate(replies=Path("r")), "replies"),
        ("transformers", Candidate(model="m"), "model"),
    ],
)
def test_a_field_that_the_engine_cannot_use_is_named(kind: str, candidate: Candidate, field: str) -> None:
    with pytest.raises(InputError, match=rf"candidates\.a\.{field}: the engine '{kind}' cannot use"):
        make_engine(kind, EngineSpec(kind=kind, model="m"), {"a": candidate})


async def test_the_recorded_engine_refuses_two_replies_to_one_case(tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    file.write_text('{"case_id": "d#1", "reply": "a"}\n{"case_id": "d#1", "reply": "b"}\n')
    engine = make_engine("recorded", EngineSpec(kind="recorded", options={"replies": str(file)}), {"a": Candidate()})
    assert isinstance(engine, RecordedEngine)
    with pytest.raises(InputError, match=r"replies\.jsonl:2: there is a reply to 'd#1'"):
        await engine.start()


def test_importing_the_harness_imports_no_torch() -> None:
    import subprocess

    code = "import harness.evaluation, sys; print('torch' in sys.modules or 'vllm' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
