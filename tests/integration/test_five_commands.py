"""The commands of docs/transcripts-to-suite.md, one after the other: from notes to a report with a persona section."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytest.importorskip("peft", reason="needs rejoinder[transformers]")
pytest.importorskip("pymorphy3", reason="needs rejoinder[persona]")

pytestmark = pytest.mark.model

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "transcripts-to-suite.md").read_text(encoding="utf-8")
QUICK = ["--epochs", "1"]
"""What is added to the training command, so that the test takes seconds."""


def write_notes(folder: Path, manner: str) -> None:
    folder.mkdir(parents=True)
    (folder / "persona.yaml").write_text(f"name: {folder.name.title()}\ndescription: A baker.\n", encoding="utf-8")
    for day in range(1, 4):
        (folder / f"{day}.md").write_text(
            f">[!nexus_user] **User** - 0{day}.03.2025 at 09:00\n> Loaf number {day}, please\n<!-- UID: {day}a -->\n\n"
            f">[!nexus_agent] **Assistant** - 0{day}.03.2025 at 09:01\n> {manner} {day}\n<!-- UID: {day}b -->\n",
            encoding="utf-8",
        )


def commands_on_the_page() -> list[list[str]]:
    """The words of the commands up to the run, without their comments."""
    block = re.search(r"```\n(rejoinder suite import .*?)```", PAGE, re.DOTALL)
    assert block is not None
    return [line.partition("#")[0].split() for line in block[1].splitlines()[:4]]


def spec_on_the_page() -> dict[str, object]:
    block = re.search(r"```yaml\n(suite: suites/people\n.*?)```", PAGE, re.DOTALL)
    assert block is not None
    spec: dict[str, object] = yaml.safe_load(block[1])
    return spec


def test_the_commands_of_the_page_lead_to_the_persona_section(checkpoint: Path, tmp_path: Path) -> None:
    write_notes(tmp_path / "transcripts" / "ann", "Here, love: loaf")
    write_notes(tmp_path / "transcripts" / "boris", "As you wish. Loaf")
    quick = {
        "engine": {"kind": "transformers", "model": str(checkpoint)},
        "adapter_proof": "off",
        "metrics": ["exact_match"],
        "sampling": {"max_tokens": 2},
    }
    (tmp_path / "eval.yaml").write_text(yaml.safe_dump(spec_on_the_page() | quick), encoding="utf-8")
    made_into, split_into, trained, run = commands_on_the_page()
    trained = [
        str(checkpoint) if word == "CHECKPOINT" else word.replace("examples/", f"{ROOT}/examples/") for word in trained
    ]
    for words in (made_into, split_into, [*trained, *QUICK], [*run, "--out", "run"]):
        program = {"python": [sys.executable], "rejoinder": [str(Path(sys.executable).with_name("rejoinder"))]}[
            words[0]
        ]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            [*program, *words[1:]], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (words, done.stderr)
    assert 'id="persona"' in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
