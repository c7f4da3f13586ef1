"""Trains a LoRA adapter on the training half of a suite: on the replies of its target turns and on nothing else.

    python examples/train_adapter.py --base .cache/checkpoints/SmolLM2-135M-Instruct --suite coffee_orders --out DIR

With `--persona NAME` it trains on the dialogues of that persona, otherwise on those without one. The held-out half is
never read. The adapter is a peft folder, which the engines `transformers` and `vllm` take as `candidates.NAME.adapter`.
One seed gives the same weights each time on one machine with one number of threads; other processors may round differently.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
import transformers
from peft import LoraConfig, get_peft_model
from torch.nn.functional import cross_entropy

from harness.engines.chat_prompts import ChatPrompts
from harness.engines.engine import Candidate, RequestError
from harness.engines.local_candidates import find_candidates
from harness.engines.local_options import LocalOptions
from suites.cases import Case, cases_of
from suites.loading import Suite, load_suite
from suites.personas import known_personas
from suites.userfile import InputError, unknown_name

ATTENTION_PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an adapter is trained."""

    epochs: int = 5
    """How often every reference of every case is shown."""
    learning_rate: float = 2e-3
    """The highest one: it rises to this over the first tenth of the steps, then falls to 0 along a cosine."""
    rank: int = 8
    seed: int = 0
    projections: tuple[str, ...] = ATTENTION_PROJECTIONS
    """Of each layer, those that are trained."""
    lowest_layer: Fraction = Fraction(0)
    """What share of the layers lies below those that are trained."""


@dataclass(frozen=True, slots=True)
class TokenizedCase:
    """A case as token ids."""

    context: tuple[int, ...]
    """The chat up to where the reply begins."""
    replies: tuple[tuple[int, ...], ...]
    """The references, each closed by the token that ends a turn."""


@dataclass(frozen=True, slots=True)
class SharedContext:
    """Cases whose contexts begin alike, as one sequence: the longest context, then every reply, each blind to the others.

    A reply sees its own context and itself, at the positions it would have alone. So the loss is that of all the cases
    one by one, at a fraction of the work, since most tokens are context.
    """

    inputs: dict[str, torch.Tensor]
    """What the model takes: `input_ids` and `position_ids` (1, n), `attention_mask` (1, 1, n, n)."""
    predictors: torch.Tensor
    """Index of the token that each label follows."""
    labels: torch.Tensor
    """Ids of all replies, one after the other."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Train one adapter as the command line says."""
    recipe = Recipe()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--base", required=True, help="folder of the base model, or its name on the hub")
    parser.add_argument("--base-name", help="what the adapter calls its base; that folder's name by default")
    parser.add_argument("--suite", required=True, help="built-in name or path of a suite with a training half")
    parser.add_argument("--persona", help="train on this persona's dialogues instead of those without persona")
    parser.add_argument("--out", type=Path, required=True, help="folder to make")
    parser.add_argument("--epochs", type=int, default=recipe.epochs)
    parser.add_argument("--seed", type=int, default=recipe.seed)
    given = parser.parse_args(arguments)
    try:
        train_adapter(given, Recipe(epochs=given.epochs, seed=given.seed))
    except (InputError, RequestError) as error:
        parser.exit(2, f"{error}\n")


def train_adapter(given: argparse.Namespace, recipe: Recipe) -> None:
    """From a checkpoint and a suite to a folder with an adapter.

    Raises:
        InputError: The base, the suite or the persona is not there, the output is, or there is nothing to train on.
        RequestError: The base's chat template cannot render a case.
    """
    if given.out.exists():
        raise InputError("exists already; name another folder or remove it", file=given.out)
    if recipe.epochs < 1:
        raise InputError("must be at least 1", field="--epochs")
    cases = training_cases(load_suite(given.suite), given.persona)
    served = find_candidates(LocalOptions(model=given.base), {"base": Candidate()})
    contexts = shared_contexts([tokenized(case, served.by_name["base"].prompts) for case in cases])
    model = with_fresh_adapter(served.checkpoint.folder, recipe)
    print(f"{len(cases)} cases with {sum(len(case.references) for case in cases)} references", flush=True)
    print(f"base: {mean_loss(model, contexts):.3f} nats a token", flush=True)
    for epoch, loss in enumerate(train(model, contexts, recipe), start=1):
        print(f"epoch {epoch} of {recipe.epochs}: {loss:.3f} nats a token", flush=True)
    print(f"adapter: {mean_loss(model, contexts):.3f} nats a token", flush=True)
    save(model, given.out, given.base_name or served.checkpoint.name)
    template = str(served.tokenizer.get_chat_template())  # says later what prompts the adapter knows
    (given.out / "chat_template.jinja").write_text(template, encoding="utf-8", newline="")
    print(f"made {given.out}")


def training_cases(suite: Suite, persona: str | None) -> list[Case]:
    """The cases of the training half that belong to `persona`, or to none.

    Raises:
        InputError: The suite has no such persona, no training half, or no case of this persona in it.
    """
    personas = known_personas(suite)
    if persona is not None and persona not in personas:
        raise InputError(unknown_name(persona, list(personas), "persona"), file=suite.path, field="--persona")
    wanted = None if persona is None else personas[persona]
    cases = [case for case in cases_of(suite, "train") if case.persona == wanted and case.references]
    if not cases:
        raise InputError(
            f"holds no target turn {'without a persona' if wanted is None else f'of {persona}'} to train on",
            file=suite.file_of("train"),
        )
    return cases


def tokenized(case: Case, prompts: ChatPrompts) -> TokenizedCase:
    """The ids of a case, rendered as the engines render it.

    Raises:
        RequestError: The model's chat template cannot render the case.
    """
    end = prompts.tokenizer.eos_token_id  # closes a turn in the templates of SmolLM2, Qwen and Llama 3
    replies = tuple((*prompts.reply(reply), end) for reply in case.references)
    return TokenizedCase(tuple(prompts.prompt(case.messages_for_model())), replies)


def shared_contexts(cases: Sequence[TokenizedCase]) -> list[SharedContext]:
    """Put each run of cases together in which every context begins with the one before: the cases of a dialogue.

    Where a chat template renders earlier turns in another way once they are past, each case stays alone.
    """
    runs: list[list[TokenizedCase]] = []
    for case in cases:
        before = runs[-1][-1].context if runs else case.context
        if runs and case.context[: len(before)] == before:
            runs[-1].append(case)
        else:
            runs.append([case])
    return [shared_context(run) for run in runs]


def shared_context(cases: Sequence[TokenizedCase]) -> SharedContext:
    """One sequence of cases of which the last has the longest context, and each context begins with all before it."""
    ids = list(cases[-1].context)
    positions = list(range(len(ids)))
    branches = [(len(case.context), reply) for case in cases for reply in case.replies]
    size = len(ids) + sum(len(reply) - 1 for _, reply in branches)
    visible = torch.ones(size, size, dtype=torch.bool).tril()
    predictors: list[int] = []
    labels: list[int] = []
    for length, reply in branches:
        begin, body = len(ids), reply[:-1]  # the last token is a label only: nothing follows it
        visible[begin : begin + len(body), length:begin] = False
        predictors += [length - 1, *range(begin, begin + len(body))]
        labels += reply
        ids += body
        positions += range(length, length + len(body))
    return SharedContext(
        inputs={
            "input_ids": torch.tensor([ids]),
            "position_ids": torch.tensor([positions]),
            "attention_mask": visible[None, None],
        },
        predictors=torch.tensor(predictors),
        labels=torch.tensor(labels),
    )


def with_fresh_adapter(base: Path, recipe: Recipe) -> Any:
    """The base in bfloat16, as it is served, with a float32 LoRA adapter that changes nothing yet."""
    torch.manual_seed(recipe.seed)
    model = transformers.AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
    lowest = lowest_trained(model, recipe)
    adapter = LoraConfig(
        r=recipe.rank,
        lora_alpha=2 * recipe.rank,
        target_modules=list(recipe.projections),
        layers_to_transform=list(range(lowest, model.config.num_hidden_layers)) if lowest else None,
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, adapter)


def lowest_trained(model: Any, recipe: Recipe) -> int:
    """Number of the first layer that is trained, from 0."""
    return int(recipe.lowest_layer * model.config.num_hidden_layers)


def train(model: Any, contexts: Sequence[SharedContext], recipe: Recipe) -> Iterator[float]:
    """Train the adapter, a step a context, and yield the loss of each epoch, taken while the weights move."""
    weights = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=recipe.learning_rate, weight_decay=0.0)
    steps = recipe.epochs * len(contexts)
    schedule = transformers.get_cosine_schedule_with_warmup(optimizer, steps // 10, steps)
    draw = random.Random(recipe.seed)
    for _ in range(recipe.epochs):
        nats = 0.0
        for context in draw.sample(contexts, len(contexts)):
            loss = total_loss(model, context)
            (loss / len(context.labels)).backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            nats += loss.item()
        yield nats / label_count(contexts)


def mean_loss(model: Any, contexts: Sequence[SharedContext]) -> float:
    """Negative log-likelihood of all replies, in nats a token."""
    with torch.no_grad():
        nats = [float(total_loss(model, context)) for context in contexts]
    return sum(nats) / label_count(contexts)


def total_loss(model: Any, context: SharedContext) -> torch.Tensor:
    """Negative log-likelihood of the replies to one context, in nats, summed over their tokens."""
    logits = model(**context.inputs, logits_to_keep=context.predictors, use_cache=False).logits[0]
    return cross_entropy(logits.float(), context.labels, reduction="sum")


def label_count(contexts: Sequence[SharedContext]) -> int:
    """How many tokens the replies have together."""
    return sum(len(context.labels) for context in contexts)


def save(model: Any, folder: Path, base_name: str) -> None:
    """Write the adapter in bfloat16, naming its base by `base_name` and not by a path of this machine."""
    for weights in model.parameters():
        if weights.requires_grad:
            weights.data = weights.data.bfloat16()
    model.peft_config["default"].base_model_name_or_path = base_name
    model.save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").unlink()  # peft's model card, all blanks


if __name__ == "__main__":
    main()
