"""Trains a judge: a LoRA adapter that answers a rubric's question as people have answered it.

    python -m examples.train_judge --base .cache/checkpoints/SmolLM2-135M-Instruct --out DIR \\
        --labels correctness=labels.jsonl --labels appropriateness=other.jsonl

The labels are files as `rejoinder judge calibrate` takes them, one a rubric. The prompts are those of judging itself, and
the loss is that of the first word of the answer, since readouts by label probabilities read nothing else. Hold the
finished judge against labels that it was not trained on: `rejoinder judge calibrate` makes its certificate.

Only the upper layers are trained. What tells right replies from wrong ones stands at three fifths of the layers of
SmolLM2-135M most plainly, and most of it gets lost above: a logistic regression on the state of the last token there
tells held-out replies apart with a ROC AUC of 0.74 and 0.71 (correctness, appropriateness), on the last layer's with 0.60 and
0.64, while the model's own answers are at chance. The layers below are gone through once, which saves most of the time.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, groupby
from pathlib import Path
from typing import Any

import torch

from examples.train_adapter import (
    ATTENTION_PROJECTIONS,
    Recipe,
    SharedContext,
    label_count,
    lowest_trained,
    save,
    train,
    with_fresh_adapter,
)
from harness.engines.chat_prompts import ChatPrompts
from harness.engines.engine import Candidate, RequestError
from harness.engines.local_candidates import find_candidates
from harness.engines.local_options import LocalOptions
from judges.loading import load_rubric
from judges.people.label_line import LabelledReply
from judges.people.labels import read_labels
from judges.prompting.prompt import judge_prompt
from judges.readouts.readout import LabelProbabilities
from judges.rubrics.rubric import Rubric
from suites.userfile import InputError

RECIPE = Recipe(
    epochs=6,
    learning_rate=1e-3,
    projections=(*ATTENTION_PROJECTIONS, "gate_proj", "up_proj", "down_proj"),
    lowest_layer=Fraction(3, 5),
)

CONTEXTS_IN_A_BATCH = 4
"""More would share the rubric's part of the prompt further, and cost more in attention than that saves."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A judge's prompt as token ids, and the token that the right answer begins with."""

    prompt: tuple[int, ...]
    answer: int


def main(arguments: Sequence[str] | None = None) -> None:
    """Train one judge as the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--base", required=True, help="folder of the base model, or its name on the hub")
    parser.add_argument("--base-name", help="what the adapter calls its base; that folder's name by default")
    parser.add_argument("--labels", required=True, action="append", metavar="RUBRIC=FILE", type=_rubric_and_file)
    parser.add_argument("--out", type=Path, required=True, help="folder to make")
    parser.add_argument("--epochs", type=int, default=RECIPE.epochs)
    parser.add_argument("--learning-rate", type=float, default=RECIPE.learning_rate)
    parser.add_argument("--seed", type=int, default=RECIPE.seed)
    given = parser.parse_args(arguments)
    try:
        train_judge(given, replace(RECIPE, epochs=given.epochs, learning_rate=given.learning_rate, seed=given.seed))
    except (InputError, RequestError) as error:
        parser.exit(2, f"{error}\n")


def _rubric_and_file(given: str) -> tuple[str, Path]:
    rubric, equals, file = given.partition("=")
    if not (rubric and equals and file):
        raise argparse.ArgumentTypeError(f"'{given}' is not RUBRIC=FILE")
    return rubric, Path(file)


def train_judge(given: argparse.Namespace, recipe: Recipe) -> None:
    """From a checkpoint and labels to a folder with an adapter.

    Raises:
        InputError: The base, a rubric or a labels file is not there or not right, or the output is there already.
        RequestError: The base's chat template cannot render a prompt.
    """
    if given.out.exists():
        raise InputError("exists already; name another folder or remove it", file=given.out)
    served = find_candidates(LocalOptions(model=given.base), {"base": Candidate()})
    prompts = served.by_name["base"].prompts
    batches = [batch for rubric, file in given.labels for batch in judged_together(rubric, file, prompts)]
    model = with_fresh_adapter(served.checkpoint.folder, recipe)
    print(f"{label_count(batches)} labels in {len(batches)} batches", flush=True)
    lowest = lowest_trained(model, recipe)
    batches = [through_lower_layers(model, batch, lowest) for batch in batches]
    with only_layers(model, slice(lowest, None)):
        for epoch, loss in enumerate(train(model, batches, recipe), start=1):
            print(f"epoch {epoch} of {recipe.epochs}: {loss:.3f} nats an answer", flush=True)
    save(model, given.out, given.base_name or served.checkpoint.name)
    print(f"made {given.out}")


def judged_together(rubric_name: str, file: Path, prompts: ChatPrompts) -> Iterator[SharedContext]:
    """The labelled replies of a file, those to a few contexts together.

    Raises:
        InputError: The rubric or the file is not right.
        RequestError: The model's chat template cannot render a prompt.
    """
    rubric = load_rubric(rubric_name)
    replies = sorted(read_labels(file, rubric).replies, key=_context_of)
    contexts = [list(together) for _, together in groupby(replies, key=_context_of)]
    random.Random(0).shuffle(contexts)  # neighbours in a dialogue would be much of the same
    for begin in range(0, len(contexts), CONTEXTS_IN_A_BATCH):
        together = chain.from_iterable(contexts[begin : begin + CONTEXTS_IN_A_BATCH])
        yield branching([answered(reply, rubric, prompts) for reply in together])


def _context_of(reply: LabelledReply) -> str:
    return repr(reply.case.messages)


def answered(reply: LabelledReply, rubric: Rubric, prompts: ChatPrompts) -> Answered:
    """The prompt of judging a reply, and the answer of the first person who labelled it."""
    (question,) = rubric.questions(rubric.language_for(reply.case.language) or "")
    label = reply.ratings[0].label
    assert label is not None
    messages = judge_prompt(question, LabelProbabilities(), reply.case, reply.line.reply or "")
    (answer,) = prompts.first_tokens([question.answers.word_for(label)])
    return Answered(tuple(prompts.prompt(messages)), answer)


def branching(judged: Sequence[Answered]) -> SharedContext:
    """Prompts as one sequence that branches like a tree: what several begin with stands there once.

    Each token sees its own prompt and no other, at the positions it would have alone. So the loss is that of all prompts
    one by one, at a fraction of the work: a rubric's prompts begin alike, and those of one context nearly end alike.
    """
    ordered = sorted(judged, key=lambda one: one.prompt)
    ids: list[int] = []
    paths: list[list[int]] = []
    for each in ordered:
        before = paths[-1] if paths else []
        shared = _length_of_same_beginning([ids[place] for place in before], each.prompt)
        paths.append([*before[:shared], *range(len(ids), len(ids) + len(each.prompt) - shared)])
        ids += each.prompt[shared:]
    positions = torch.zeros(len(ids), dtype=torch.long)
    visible = torch.zeros(len(ids), len(ids), dtype=torch.bool)
    for path in map(torch.tensor, paths):
        positions[path] = torch.arange(len(path))
        visible[path[:, None], path] = torch.ones(len(path), len(path), dtype=torch.bool).tril()
    return SharedContext(
        inputs={
            "input_ids": torch.tensor([ids]),
            "position_ids": positions[None],
            "attention_mask": visible[None, None],
        },
        predictors=torch.tensor([path[-1] for path in paths]),
        labels=torch.tensor([each.answer for each in ordered]),
    )


def through_lower_layers(model: Any, batch: SharedContext, layers: int) -> SharedContext:
    """The same batch from behind the first so many layers: what they make of its tokens stands in place of the tokens."""
    inputs = dict(batch.inputs)
    decoder = model.get_base_model().model
    with only_layers(model, slice(layers)), torch.no_grad():
        norm, decoder.norm = decoder.norm, torch.nn.Identity()  # it belongs behind the last of all layers
        try:
            inputs["inputs_embeds"] = decoder(**inputs, use_cache=False).last_hidden_state
        finally:
            decoder.norm = norm
    del inputs["input_ids"]
    return replace(batch, inputs=inputs)


@contextmanager
def only_layers(model: Any, chosen: slice) -> Iterator[None]:
    """Let the model have some of its layers for a while."""
    decoder = model.get_base_model().model
    whole, decoder.layers = decoder.layers, decoder.layers[chosen]
    try:
        yield
    finally:
        decoder.layers = whole


def _length_of_same_beginning(one: Sequence[int], other: Sequence[int]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


if __name__ == "__main__":
    main()
