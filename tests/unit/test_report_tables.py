"""Reading run folders: what other writers of the same tables may do, and one sentence for everything else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from report_run_folder import case, manifest, measure, result, run_of_values, write_run, write_table

from reports.errors import ReportError
from reports.scores import scores_of
from reports.tables import CASES, RESULTS, codes_of, read_tables


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return run_of_values(tmp_path / "run", {"base": [0.1, 0.5], "june": [0.2, 0.9]}, ["d1", "d2"])


def test_reads_what_a_run_wrote(run: Path) -> None:
    tables = read_tables(run)
    assert tables.candidates == ("base", "june")
    assert tables.manifest.baseline == "base"
    assert tables.measures[0].name == "quality"
    assert tables.cases["case_id"].to_pylist() == ["d1#0", "d2#1"]
    assert scores_of(tables).values.tolist() == [[[0.1, 0.5], [0.2, 0.9]]]


def test_manifest_may_spell_its_schema_as_the_harness_does(run: Path) -> None:
    data = manifest()
    data["schema_version"] = data.pop("schema")
    (run / "manifest.json").write_text(json.dumps(data | {"throughput": {"load_s": 3.0}}))
    assert read_tables(run).manifest.schema_version == 1


def test_tables_written_by_pandas_are_read(run: Path) -> None:
    for name in ("results", "cases"):
        file = run / f"{name}.parquet"
        frame = pd.read_parquet(file)
        for column in frame.select_dtypes("category"):
            frame[column] = frame[column].astype(str)
        frame.assign(seed=0, turn=1).to_parquet(file)
    assert scores_of(read_tables(run)).values[0, 1].tolist() == [0.2, 0.9]


def _remove(name: str) -> Callable[[Path], None]:
    return lambda run: (run / name).unlink()


def _cut(name: str) -> Callable[[Path], None]:
    return lambda run: (run / name).write_bytes((run / name).read_bytes()[:-20])


def _spoil(name: str) -> Callable[[Path], None]:
    def spoil(run: Path) -> None:
        data = bytearray((run / name).read_bytes())
        data[4 : len(data) // 2] = b"\xff" * (len(data) // 2 - 4)
        (run / name).write_bytes(bytes(data))

    return spoil


def _text(name: str, text: str) -> Callable[[Path], None]:
    return lambda run: (run / name).write_text(text)


def _manifest(**changes: object) -> Callable[[Path], None]:
    return _text("manifest.json", json.dumps(manifest(**changes)))


def _without_column(run: Path) -> None:
    file = run / "results.parquet"
    pq.write_table(pq.read_table(file).drop_columns(["value"]), file)


def _with_other_type(run: Path) -> None:
    table = pq.read_table(run / "results.parquet")
    texts = pa.array(["0.1"] * len(table))
    pq.write_table(table.set_column(table.schema.get_field_index("value"), "value", texts), run / "results.parquet")


@pytest.mark.parametrize(
    ("damage", "file", "words"),
    [
        (_remove("manifest.json"), "manifest.json", "is missing"),
        (_remove("measures.json"), "measures.json", "is missing"),
        (_remove("cases.parquet"), "cases.parquet", "is missing; rebuild"),
        (_remove("results.parquet"), "results.parquet", "is missing; rebuild"),
        (_cut("results.parquet"), "results.parquet", "cannot be read"),
        (_spoil("results.parquet"), "results.parquet", "cannot be read"),
        (_text("cases.parquet", ""), "cases.parquet", "cannot be read"),
        (_text("cases.parquet", "case_id,turn\n"), "cases.parquet", "cannot be read"),
        (_text("manifest.json", '{"schema": 1, "run'), "manifest.json", "is not what this version"),
        (_text("manifest.json", "[]"), "manifest.json", "is not what this version"),
        (_manifest(schema=2), "manifest.json", "schema"),
        (_manifest(baseline="jane"), "manifest.json", "the baseline 'jane' is none of the candidates"),
        (_text("measures.json", '[{"name": "x"}]'), "measures.json", "0.title"),
        (_text("measures.json", json.dumps([measure("a"), measure("a")])), "measures.json", "measure 'a' twice"),
        (_without_column, "results.parquet", "has no column 'value'"),
        (_with_other_type, "results.parquet", "has string in the column 'value', not double"),
        (lambda run: write_table(run / "cases.parquet", CASES, []), "cases.parquet", "holds no case"),
        (lambda run: write_table(run / "cases.parquet", CASES, [case("a#1")] * 2), "cases.parquet", "case 'a#1' twice"),
    ],
)
def test_damaged_runs_are_told_in_one_sentence(
    run: Path, damage: Callable[[Path], None], file: str, words: str
) -> None:
    damage(run)
    with pytest.raises(ReportError) as caught:
        read_tables(run)
    text = str(caught.value)
    assert text.startswith(str(run / file))
    assert words in text
    assert "\n" not in text


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="there is no such run folder"):
        read_tables(tmp_path / "runs" / "none")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (result("d1#0", "jane", "quality", 0.5), "candidate 'jane'"),
        (result("d1#0", "base", "quantity", 0.5), "measure 'quantity'"),
        (result("d9#0", "base", "quality", 0.5), "case 'd9#0'"),
        (result("d1#0", "base", "quality", 0.5, status="fine"), "status 'fine'"),
        (result("d1#0", "base", "quality", 0.5), "measures the case 'd1#0' twice"),
    ],
)
def test_results_that_contradict_the_run_are_refused(tmp_path: Path, row: dict[str, object], words: str) -> None:
    run = write_run(
        tmp_path,
        measures=[measure("quality")],
        cases=[case("d1#0")],
        results=[result("d1#0", "base", "quality", 0.4), row],
    )
    with pytest.raises(ReportError, match=words):
        scores_of(read_tables(run))


def test_codes_do_not_depend_on_chunks_or_encoding() -> None:
    names = ["b", "a", "unseen"]
    parts = [["a", "b", None], ["c", "b"], []]
    plain = pa.chunked_array([pa.array(part, pa.string()) for part in parts])
    encoded = pa.chunked_array([pa.array(part, pa.string()).dictionary_encode() for part in parts])
    assert codes_of(plain, names).tolist() == [1, 0, -1, -1, 0]
    assert codes_of(encoded, names).tolist() == [1, 0, -1, -1, 0]
    assert codes_of(pa.chunked_array([], pa.string()), names).tolist() == []


def test_schema_of_results_survives_parquet(run: Path) -> None:
    assert pq.read_schema(run / "results.parquet").equals(RESULTS)
