"""The command that makes a run again: what a run keeps of it, and where the reports show it."""

from __future__ import annotations

from pathlib import Path

from report_run_folder import manifest, run_of_values

from harness.preparation import prepare
from harness.spec import SpecFile, read_spec
from reports.reporting import write_reports


def spec_in(folder: Path) -> SpecFile:
    (folder / "replies.jsonl").write_text('{"case_id": "x#1", "reply": "A latte."}\n', encoding="utf-8")
    spec = folder / "my eval.yaml"
    spec.write_text(
        "suite: coffee_orders\nengine: {options: {replies: replies.jsonl}}\nmetrics: [exact_match]\n"
        "gate: [{measure: exact_match, at_least: 0.5}]\n",
        encoding="utf-8",
    )
    return read_spec(spec)


def test_a_run_knows_the_command_that_makes_it_again(tmp_path: Path) -> None:
    spec_file = spec_in(tmp_path).with_engine_kind("recorded")
    spec = str(tmp_path / "my eval.yaml")
    assert prepare(spec_file).command() == ("rejoinder", "run", spec, "--engine", "recorded")
    assert prepare(spec_file, until_decided=True).command()[-1] == "--until-decided"
    text = spec_file.document.path.read_text(encoding="utf-8").replace("{options", "{kind: recorded, options")
    spec_file.document.path.write_text(text, encoding="utf-8")
    assert prepare(read_spec(spec_file.document.path)).command() == ("rejoinder", "run", spec)


def test_reports_show_the_command_as_a_shell_takes_it(tmp_path: Path) -> None:
    command = ["rejoinder", "run", "my eval.yaml", "--engine", "vllm"]
    run = run_of_values(tmp_path, {"base": [0.5]}, ["d"], manifest_data=manifest(["base"], command=command))
    paths = write_reports(run)
    provenance = paths.html.read_text(encoding="utf-8").split('id="provenance"')[1]
    assert (
        '<dt>Command</dt><dd><code dir="auto">rejoinder run &#39;my eval.yaml&#39; --engine vllm</code>' in provenance
    )
    assert "- Command: rejoinder run 'my eval.yaml' --engine vllm\n" in paths.markdown.read_text(encoding="utf-8")


def test_runs_of_earlier_versions_show_none(tmp_path: Path) -> None:
    paths = write_reports(run_of_values(tmp_path, {"base": [0.5]}, ["d"], manifest_data=manifest(["base"])))
    assert "<dt>Command" not in paths.html.read_text(encoding="utf-8")
    assert "Command" not in paths.markdown.read_text(encoding="utf-8")
