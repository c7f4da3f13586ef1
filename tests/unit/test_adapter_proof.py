"""Judging an adapter by its log-probabilities: an engine that answers from a table, and references to match."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from test_adapters import write_adapter

from harness.engines.adapter_proof import AdapterProof, prove_adapters
from harness.engines.engine import BARE_BASE, Candidate, ChatMessages, ModelIdentity, RequestError, TokenLogprobs
from harness.engines.peft_reference import AdapterReference, Logprobs
from harness.engines.proof_prompts import PROOF_PROMPTS
from suites.userfile import InputError

TOKENS_A_REPLY = 20
BASE, BARISTA, WAITER = "base", "barista", "waiter"

Table = Mapping[str, Logprobs]


def logprobs(seed: int, spread: float = 1.0, around: Logprobs | None = None) -> Logprobs:
    """Some log-probabilities for every prompt, at a mean distance of half of `spread` from others."""
    draw = random.Random(seed).uniform
    around = around or ((-2.0,) * TOKENS_A_REPLY,) * len(PROOF_PROMPTS)
    return tuple(tuple(value + draw(-spread, spread) for value in reply) for reply in around)


PLAIN = logprobs(0)
BY_PEFT: Table = {BASE: PLAIN, BARISTA: logprobs(1, 1.0, PLAIN), WAITER: logprobs(2, 1.0, PLAIN)}
NOISE = 0.05


def with_noise(table: Table) -> Table:
    return {name: logprobs(seed, NOISE, exact) for seed, (name, exact) in enumerate(table.items(), start=10)}


class TableEngine:
    """Answers from tables, one for each replica."""

    def __init__(self, *tables: Table, template_of_its_own: str = "") -> None:
        self._tables = tables
        self._template_of_its_own = template_of_its_own
        self.asked: list[str] = []

    @property
    def replicas(self) -> int:
        return len(self._tables)

    def identity(self, candidate: str) -> ModelIdentity:
        template = "own" if candidate == self._template_of_its_own else "base"
        return ModelIdentity(name="model", base="base", chat_template=template, repeats="exactly")

    async def score(
        self, candidate: str, messages: ChatMessages, text: str, *, replica: int | None = None
    ) -> TokenLogprobs:
        assert replica is not None
        self.asked.append(candidate)
        (index,) = (i for i, prompt in enumerate(PROOF_PROMPTS) if prompt.reply == text)
        answer = self._tables[replica][BASE if candidate == BARE_BASE else candidate][index]
        return TokenLogprobs(("",) * len(answer), answer)


@pytest.fixture
def candidates(tmp_path: Path) -> dict[str, Candidate]:
    adapted = {name: Candidate(adapter=write_adapter(tmp_path / name)) for name in (BARISTA, WAITER)}
    return {"generic": Candidate()} | adapted


def references(candidates: Mapping[str, Candidate], table: Table = BY_PEFT) -> dict[Path, AdapterReference | str]:
    return {
        candidate.adapter: AdapterReference(made_by="peft", adapted=table[name], plain=table[BASE])
        for name, candidate in candidates.items()
        if candidate.adapter is not None
    }


async def refusal(engine: TableEngine, candidates: Mapping[str, Candidate], *, by_peft: Table | None = BY_PEFT) -> str:
    known = (
        references(candidates, by_peft) if by_peft is not None else dict.fromkeys(references(candidates), "too large")
    )
    with pytest.raises(InputError) as caught:
        await prove_adapters(engine, candidates, known)
    return str(caught.value)


def mean_distance(ours: Logprobs, theirs: Logprobs) -> float:
    pairs = [pair for two in zip(ours, theirs, strict=True) for pair in zip(*two, strict=True)]
    return sum(abs(a - b) for a, b in pairs) / len(pairs)


async def test_an_adapter_that_works_is_recorded(candidates: Mapping[str, Candidate]) -> None:
    served = with_noise(BY_PEFT)
    proofs = await prove_adapters(TableEngine(served), candidates, references(candidates))
    assert list(proofs) == [BARISTA, WAITER]
    proof = proofs[BARISTA]
    assert (proof.prompts, proof.tokens, proof.remark) == (
        len(PROOF_PROMPTS),
        len(PROOF_PROMPTS) * TOKENS_A_REPLY,
        None,
    )
    assert proof.from_base is not None
    assert proof.from_base.mean == pytest.approx(mean_distance(served[BARISTA], served[BASE]))
    assert proof.peft is not None
    assert proof.peft.difference.mean == pytest.approx(mean_distance(served[BARISTA], BY_PEFT[BARISTA]))
    assert proof.peft.noise is not None
    assert proof.peft.tolerance == pytest.approx(0.25 * proof.peft.effect.mean + 2 * proof.peft.noise.mean)


async def test_an_adapter_that_changes_nothing_is_found_out(candidates: Mapping[str, Candidate]) -> None:
    served = {**with_noise(BY_PEFT)}
    served[WAITER] = served[BASE]
    told = await refusal(TableEngine(served), candidates)
    assert told.startswith("candidates.waiter.adapter: the adapter 'waiter' does nothing here")
    assert "peft finds a mean difference of 0.5" in told
    assert "merge: true" in told
    told = await refusal(TableEngine(served), candidates, by_peft=None)
    assert "the engine answers as the bare base" in told


async def test_untrained_weights_are_found_out_before_anything_is_asked(candidates: dict[str, Candidate]) -> None:
    folder = candidates[WAITER].adapter
    assert folder is not None
    write_adapter(folder, second_half=0.0)
    engine = TableEngine(with_noise(BY_PEFT))
    assert "its weights add zero" in await refusal(engine, {WAITER: candidates[WAITER]})
    assert not engine.asked


async def test_an_engine_that_never_repeats_itself_hides_nothing(candidates: Mapping[str, Candidate]) -> None:
    class Noisy(TableEngine):
        async def score(
            self, candidate: str, messages: ChatMessages, text: str, *, replica: int | None = None
        ) -> TokenLogprobs:
            exact = await super().score(candidate, messages, text, replica=replica)
            wobble = 0.02 if len(self.asked) // len(PROOF_PROMPTS) % 2 else 0.0
            return TokenLogprobs(exact.tokens, tuple(value + wobble for value in exact.logprobs))

    served = {**with_noise(BY_PEFT)}
    served[WAITER] = served[BASE]
    assert "does nothing here" in await refusal(Noisy(served), {WAITER: candidates[WAITER]}, by_peft=None)


async def test_swapped_names_are_found_out(candidates: Mapping[str, Candidate]) -> None:
    served = {**with_noise(BY_PEFT)}
    served[BARISTA], served[WAITER] = served[WAITER], served[BARISTA]
    told = await refusal(TableEngine(served), candidates)
    assert "the adapter 'barista' is not what the engine serves: it answers with 'waiter'" in told


async def test_near_twins_are_not_taken_for_each_other(candidates: Mapping[str, Candidate]) -> None:
    """Two checkpoints of one training that differ by less than the engine's rounding."""
    by_peft = {**BY_PEFT, WAITER: logprobs(3, NOISE / 5, BY_PEFT[BARISTA])}
    served = with_noise(by_peft)
    served = {**served, BARISTA: served[WAITER], WAITER: served[BARISTA]}  # nobody can tell
    assert len(await prove_adapters(TableEngine(served), candidates, references(candidates, by_peft))) == 2


async def test_an_adapter_at_half_its_strength_is_found_out(candidates: Mapping[str, Candidate]) -> None:
    halved = tuple(
        tuple((b + a) / 2 for b, a in zip(*two, strict=True)) for two in zip(PLAIN, BY_PEFT[WAITER], strict=True)
    )
    served = with_noise({**BY_PEFT, WAITER: halved})
    assert "does not do what peft does with it" in await refusal(TableEngine(served), candidates)


async def test_a_weak_adapter_passes(candidates: Mapping[str, Candidate]) -> None:
    by_peft = {**BY_PEFT, WAITER: logprobs(3, NOISE / 10, PLAIN)}
    proof = (await prove_adapters(TableEngine(with_noise(by_peft)), candidates, references(candidates, by_peft)))[
        WAITER
    ]
    assert proof.peft is not None
    assert proof.peft.effect.mean < proof.peft.tolerance  # which says how little its agreement tells


async def test_every_replica_is_asked(candidates: Mapping[str, Candidate]) -> None:
    good = with_noise(BY_PEFT)
    proofs = await prove_adapters(TableEngine(good, good), candidates, references(candidates))
    assert proofs[WAITER].tokens == 2 * len(PROOF_PROMPTS) * TOKENS_A_REPLY
    assert "does nothing here" in await refusal(TableEngine(good, {**good, WAITER: good[BASE]}), candidates)


async def test_a_merged_adapter_is_compared_with_peft_alone(candidates: Mapping[str, Candidate]) -> None:
    merged = {WAITER: candidates[WAITER].model_copy(update={"merge": True})}
    engine = TableEngine(with_noise({WAITER: BY_PEFT[WAITER]}))
    proof = (await prove_adapters(engine, merged, references(merged)))[WAITER]
    assert set(engine.asked) == {WAITER}
    assert proof.from_base is not None
    assert proof.peft is not None
    assert proof.peft.noise is None
    bare = TableEngine({WAITER: with_noise(BY_PEFT)[BASE]})
    assert "does not do what peft does" in await refusal(bare, merged)


async def test_a_chat_template_of_its_own_is_no_difference_to_the_base(candidates: Mapping[str, Candidate]) -> None:
    """The same base on other prompts answers otherwise; that proves nothing about the adapter."""
    engine = TableEngine(with_noise(BY_PEFT), template_of_its_own=WAITER)
    proofs = await prove_adapters(engine, candidates, dict.fromkeys(references(candidates), "too large"))
    assert proofs[WAITER].from_base is None
    assert proofs[BARISTA].from_base is not None


async def test_what_cannot_be_proven_says_why(candidates: Mapping[str, Candidate]) -> None:
    class Silent(TableEngine):
        async def score(self, *arguments: object, **named: object) -> TokenLogprobs:
            raise RequestError("this server cannot score")

    proofs = await prove_adapters(Silent({}), candidates, None)
    assert proofs[WAITER] == AdapterProof(prompts=0, tokens=0, remark="this server cannot score")
    known: dict[Path, AdapterReference | str] = dict.fromkeys(references(candidates), "the base is too large")
    proofs = await prove_adapters(TableEngine(with_noise(BY_PEFT)), candidates, known)
    assert proofs[WAITER].remark == "the base is too large"
    proofs = await prove_adapters(TableEngine(with_noise(BY_PEFT)), candidates, None)
    assert proofs[WAITER].remark == "the engine is peft itself"


async def test_runs_without_adapters_ask_nothing() -> None:
    engine = TableEngine({})
    assert await prove_adapters(engine, {"generic": Candidate()}, None) == {}
    assert not engine.asked


def test_the_texts_are_a_few_and_of_two_languages() -> None:
    assert 4 <= len(PROOF_PROMPTS) <= 6
    roles: Sequence[Sequence[str]] = [[message["role"] for message in prompt.messages] for prompt in PROOF_PROMPTS]
    assert all(turns == (["user", "assistant"] * 2)[: len(turns)] and turns[-1] == "user" for turns in roles)
    assert any("а" in prompt.reply for prompt in PROOF_PROMPTS)
