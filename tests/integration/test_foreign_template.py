"""The perplexities of an adapter's own training replies, on the real small checkpoint, with its chat template and another."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("peft", reason="needs rejoinder[transformers]")

import torch
from rich.console import Console

from harness.engines.adapters import read_adapter
from harness.engines.engine import Candidate
from harness.engines.local_candidates import find_candidates
from harness.engines.local_options import LocalOptions
from harness.engines.transformers_engine import TransformersEngine, TransformersOptions
from harness.persona.perplexity import TRAINING_SAMPLE, PerplexityPass, ScoringPlan, own_templates
from harness.progress import RunProgress
from harness.run_folder import RunFolder
from reports.persona.findings import Imitator, Note
from reports.persona.perplexity_matrix import training_notes
from suites.loading import load_suite

pytestmark = pytest.mark.model

JUNE = Path(__file__).parents[2] / "examples" / "adapters" / "june"
FOREIGN = """{% for m in messages %}{% if m.role == 'system' %}{{ m.content }}

{% elif m.role == 'user' %}### User:
{{ m.content }}

{% else %}### Assistant:
{{ m.content }}

{% endif %}{% endfor %}{% if add_generation_prompt %}### Assistant:
{% endif %}"""


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Threads on a busy machine spend their time waiting."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def notes_of(checkpoint: Path, folder: Path, template: Path | None) -> list[Note]:
    """What is noted of June's adapter after its training replies were scored, as in a run."""
    candidates = {"generic": Candidate(), "june": Candidate(adapter=JUNE, imitates="june")}
    suite, run = load_suite("coffee_orders"), RunFolder(folder / "run")
    (run.path / "records").mkdir(parents=True)

    async def score() -> None:
        engine = TransformersEngine(TransformersOptions(model=str(checkpoint), chat_template=template), candidates)
        await engine.start()
        own = own_templates(dict.fromkeys(candidates, engine))
        engines = dict.fromkeys([*candidates, *own.values()], engine)
        plan = ScoringPlan(suite, (), candidates, "generic", suite.header.personas, own)
        identities = {name: engine.identity(name) for name in engines}
        with RunProgress(1, console=Console(file=io.StringIO())) as progress:
            await PerplexityPass(engines, identities, run.perplexities).run(plan.replies(engines), progress)
        await engine.close()

    asyncio.run(score())
    rows = [
        record.model_dump() | {"person": "june", "dialogue_id": record.case_id.partition("#")[0]}
        for record in run.perplexities.records()
    ]
    june = Imitator(candidate="june", person="june", prompt_only=None, other_card=None)
    return training_notes(rows, [june], "generic")


def test_another_template_than_the_adapters_own_is_told(checkpoint: Path, tmp_path: Path) -> None:
    template = tmp_path / "foreign.jinja"
    template.write_text(FOREIGN, encoding="utf-8")
    (note,) = notes_of(checkpoint, tmp_path, template)
    assert (note.kind, note.candidate, note.count) == ("foreign_template", "june", TRAINING_SAMPLE)
    assert note.perplexities is not None
    with_runs, with_own = note.perplexities
    assert 1 < with_own < with_runs


def test_the_adapters_own_template_is_not_told(checkpoint: Path, tmp_path: Path) -> None:
    assert notes_of(checkpoint, tmp_path, JUNE / "chat_template.jinja") == []


def test_the_template_beside_the_adapter_leaves_its_identity_as_it_is(checkpoint: Path, tmp_path: Path) -> None:
    bare = tmp_path / "june"
    bare.mkdir()
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        (bare / name).write_bytes((JUNE / name).read_bytes())
    assert read_adapter(bare).weight_hash() == read_adapter(JUNE).weight_hash()
    candidates = {"with": Candidate(adapter=JUNE), "bare": Candidate(adapter=bare)}
    served = find_candidates(LocalOptions(model=str(checkpoint)), candidates)
    with_template, without = (served.identity(name, precision="", engine="") for name in candidates)
    assert with_template.digest() == without.digest()
