"""Trains a judge: a LoRA adapter that answers a rubric's question as people have answered it.

    python -m examples.train_judge --base .cache/checkpoints/SmolLM2-135M-Instruct --out DIR \\
        --labels correctness=labels.jsonl --labels appropriateness=other.jsonl

The labels are files as `rejoinder judge calibrate` takes them, one a rubric. The prompts are those of judging itself, and
the loss is that of the first word of the answer, since readouts by label probabilities read nothing else. Hold the
finished judge against other labels: `rejoinder judge calibrate` makes its certificate.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import torch

from examples.train_adapter import Recipe, SharedContext, mean_loss, save, train, with_fresh_adapter
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


@dataclass(frozen=True, slots=True)
class Answered:
    """A judge's prompt as token ids, and the token that the right answer begins with."""

    prompt: tuple[int, ...]
    answer: int


def main(arguments: Sequence[str] | None = None) -> None:
    """Train one judge as the command line says."""
    recipe = Recipe(epochs=3, learning_rate=1e-3)
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--base", required=True, help="folder of the base model, or its name on the hub")
    parser.add_argument("--base-name", help="what the adapter calls its base; that folder's name by default")
    parser.add_argument("--labels", required=True, action="append", metavar="RUBRIC=FILE", type=_rubric_and_file)
    parser.add_argument("--out", type=Path, required=True, help="folder to make")
    parser.add_argument("--epochs", type=int, default=recipe.epochs)
    parser.add_argument("--learning-rate", type=float, default=recipe.learning_rate)
    parser.add_argument("--seed", type=int, default=recipe.seed)
    given = parser.parse_args(arguments)
    try:
        train_judge(given, Recipe(given.epochs, given.learning_rate, seed=given.seed))
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
    contexts = [context for rubric, file in given.labels for context in judged_contexts(rubric, file, prompts)]
    model = with_fresh_adapter(served.checkpoint.folder, recipe)
    print(f"{sum(len(context.labels) for context in contexts)} labelled replies", flush=True)
    print(f"base: {mean_loss(model, contexts):.3f} nats an answer", flush=True)
    for epoch, loss in enumerate(train(model, contexts, recipe), start=1):
        print(f"epoch {epoch} of {recipe.epochs}: {loss:.3f} nats an answer", flush=True)
    save(model, given.out, given.base_name or served.checkpoint.name)
    print(f"made {given.out}")


def judged_contexts(rubric_name: str, file: Path, prompts: ChatPrompts) -> Iterator[SharedContext]:
    """The labelled replies of a file, those to one context together.

    Raises:
        InputError: The rubric or the file is not right.
        RequestError: The model's chat template cannot render a prompt.
    """
    rubric = load_rubric(rubric_name)
    replies = sorted(read_labels(file, rubric).replies, key=_context_of)
    for _, together in groupby(replies, key=_context_of):
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
    """One sequence of prompts that begin alike: the beginning once, then the rest of each, blind to the others.

    So the work is that of one prompt and some replies, and the loss that of all prompts one by one.
    """
    shortest = min(len(each.prompt) for each in judged)
    prompts = [each.prompt for each in judged]
    shared = next((i for i in range(shortest - 1) if len({prompt[i] for prompt in prompts}) > 1), shortest - 1)
    ids, positions = list(prompts[0][:shared]), list(range(shared))
    size = shared + sum(len(prompt) - shared for prompt in prompts)
    visible = torch.ones(size, size, dtype=torch.bool).tril()
    predictors = []
    for prompt in prompts:
        begin = len(ids)
        visible[begin : begin + len(prompt) - shared, shared:begin] = False
        ids += prompt[shared:]
        positions += range(shared, len(prompt))
        predictors.append(len(ids) - 1)
    return SharedContext(
        inputs={
            "input_ids": torch.tensor([ids]),
            "position_ids": torch.tensor([positions]),
            "attention_mask": visible[None, None],
        },
        predictors=torch.tensor(predictors),
        labels=torch.tensor([each.answer for each in judged]),
    )


if __name__ == "__main__":
    main()
