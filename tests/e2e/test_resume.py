"""A run that was killed, and killed again, ends as one that was left alone."""

from __future__ import annotations

import json
import random
import signal
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from command_server import CommandServer
from killed_runs import start_and_kill, wait_until, whole_lines
from recorded_runs import COMMAND, QUICK_METRICS, Rejoinder, records_of, write_recorded_spec

KILLS = 20
KILLS_BEFORE_LOGGING = 4
LONGEST_PAUSE_S = 0.012
SEEDS = range(5)
"""So many replies, and pauses so short, that all kills fall into one replay."""


@pytest.fixture(scope="module")
def undisturbed(command_server: CommandServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A spec, and the folder of a run of it that nobody disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    spec = write_recorded_spec(folder, extra=f"{QUICK_METRICS}seeds: {[*SEEDS]}\n")
    with_seeds = [json.loads(line) | {"seed": seed} for line in _lines(folder / "replies.jsonl") for seed in SEEDS]
    (folder / "replies.jsonl").write_text("".join(json.dumps(line) + "\n" for line in with_seeds), encoding="utf-8")
    command_server.run(["run", spec, "--out", folder / "run"], folder).check_returncode()
    return spec, folder / "run"


def test_a_run_killed_twenty_times_equals_an_undisturbed_one(
    undisturbed: tuple[Path, Path], command_server: CommandServer, tmp_path: Path
) -> None:
    spec, reference = undisturbed
    out = tmp_path / "run"
    completions = out / "records" / "completions.jsonl"
    generator = random.Random(20261121)
    logged = b""
    for kill in range(KILLS):
        while_logging = kill >= KILLS_BEFORE_LOGGING
        wait_for = len(logged) + 1 if while_logging else 0
        start_and_kill(
            command_server, spec, out, wait_for, generator.uniform(0, LONGEST_PAUSE_S if while_logging else 0.3)
        )
        now = completions.read_bytes() if completions.exists() else b""
        assert now.startswith(whole_lines(logged)), "a finished reply was changed or generated again"
        logged = now
    command_server.run(["run", spec, "--out", out], tmp_path).check_returncode()
    assert len(whole_lines(logged)) > 0, "no kill fell into the replay"
    assert completions.read_bytes().startswith(whole_lines(logged))
    assert records_of(out) == records_of(reference)
    for table in ("results.parquet", "replies.parquet", "cases.parquet"):
        pd.testing.assert_frame_equal(_sorted_table(out / table), _sorted_table(reference / table))


def test_the_same_command_goes_on_with_the_unfinished_run(
    undisturbed: tuple[Path, Path], rejoinder: Rejoinder, tmp_path: Path
) -> None:
    spec, reference = undisturbed
    runs = tmp_path / "runs"
    process = subprocess.Popen(
        [*COMMAND, "run", spec, "--runs", runs], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_until(lambda: any(f.stat().st_size for f in runs.glob("*/records/completions.jsonl")), process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    rejoinder("run", spec, "--runs", runs).check_returncode()
    (folder,) = runs.iterdir()
    assert records_of(folder) == records_of(reference)
    rejoinder("run", spec, "--runs", runs).check_returncode()
    assert len(list(runs.iterdir())) == 2, "a finished run is not gone on with"


def test_an_interrupted_run_says_how_to_go_on(
    undisturbed: tuple[Path, Path], command_server: CommandServer, tmp_path: Path
) -> None:
    spec, _ = undisturbed
    out = tmp_path / "run"
    process = command_server.start(["run", spec, "--out", out], tmp_path)
    completions = out / "records" / "completions.jsonl"
    wait_until(lambda: completions.exists() and completions.stat().st_size > 0, process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 3
    assert "run the same command again" in errors
    assert "Traceback" not in errors


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def _sorted_table(path: Path) -> pd.DataFrame:
    table = pd.read_parquet(path)
    table = table.astype({name: str for name in table.columns if table[name].dtype.name in ("category", "object")})
    keys = [name for name in ("case_id", "candidate", "seed", "measure") if name in table.columns]
    return table.drop(columns="latency_s", errors="ignore").sort_values(keys, ignore_index=True)
