"""The exports for TRL, read by the library that TRL reads them with, and trained on by TRL itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from made_suites import dialogue as talk_of
from made_suites import make_suite, turn

from suites.exchange.exporting import export_file
from suites.loading import load_suite


def test_the_datasets_library_reads_the_export_as_conversations(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    suite = load_suite("coffee_orders")
    file = tmp_path / "sft.jsonl"
    count = export_file(suite, "train", "trl", file)
    table = datasets.load_dataset("json", data_files=str(file), split="train", cache_dir=str(tmp_path / "cache"))
    assert table.column_names == ["messages"]
    assert len(table) == count
    for row, dialogue in zip(table, suite.dialogues("train"), strict=True):
        assert [message["content"] for message in row["messages"][1:]] == [m.content for m in dialogue.messages]
        assert set(row["messages"][0]) == {"role", "content"}


LEFT_OUT_OF_THE_LOSS = -100
"""The label of tokens that torch's cross entropy ignores."""


def sft_trainer(checkpoint: Path, file: Path, folder: Path) -> Any:
    """TRL's trainer of a small adapter, given an export as a training script would give it."""
    datasets = pytest.importorskip("datasets")
    trl = pytest.importorskip("trl", reason="needs trl (rejoinder[dev])")
    from peft import LoraConfig

    settings = trl.SFTConfig(
        output_dir=str(folder / "out"),
        max_steps=1,
        per_device_train_batch_size=1,
        use_cpu=True,
        bf16=False,
        report_to="none",
        save_strategy="no",
        disable_tqdm=True,
    )
    rows = datasets.load_dataset("json", data_files=str(file), split="train", cache_dir=str(folder / "cache"))
    adapter = LoraConfig(r=2, target_modules=["q_proj"], task_type="CAUSAL_LM")
    return trl.SFTTrainer(str(checkpoint), args=settings, train_dataset=rows, peft_config=adapter)


@pytest.mark.model
@pytest.mark.parametrize("export_format", ["trl", "trl-prompt-completion"])
def test_trl_trains_on_the_export_as_it_is(checkpoint: Path, tmp_path: Path, export_format: str) -> None:
    replies = [turn("assistant", text, target={}) for text in ("Large or small?", "Done.")]
    talk = talk_of("a", turn("user", "A tea."), replies[0], turn("user", "Small."), replies[1])
    (tmp_path / "suite").mkdir()
    suite = make_suite(tmp_path / "suite", [talk_of("b", turn("user", "Hi."), replies[0])], [talk], system="Sell.")
    file = tmp_path / "sft.jsonl"
    export_file(suite, "train", export_format, file)
    trainer = sft_trainer(checkpoint, file, tmp_path)
    batches = [trainer.data_collator([row]) for row in trainer.train_dataset]
    learned = [
        trainer.processing_class.decode(batch["input_ids"][batch["labels"] != LEFT_OUT_OF_THE_LOSS])
        for batch in batches
    ]
    if export_format == "trl":
        (whole,) = learned
        assert [part for part in ("Sell.", "A tea.", "Large or small?", "Small.", "Done.") if part not in whole] == []
    else:
        assert [text.replace("<|im_end|>", "").strip() for text in learned] == ["Large or small?", "Done."]
    trained = trainer.train()
    assert trained.global_step == 1 and 0 < trained.training_loss < 20
