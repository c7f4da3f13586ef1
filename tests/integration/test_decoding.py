"""Drawing tokens, against the samplers of transformers; no checkpoint is needed."""

from __future__ import annotations

from typing import Any

import pytest

from harness.engines.engine import Sampling

torch = pytest.importorskip("torch", reason="needs rejoinder[transformers]")
transformers = pytest.importorskip("transformers")

pytestmark = pytest.mark.model

VOCABULARY = 1000


@pytest.fixture
def logits() -> Any:
    return torch.randn(5, VOCABULARY, generator=torch.Generator().manual_seed(1)) * 3


def warped(logits: Any, sampling: Sampling) -> Any:
    """The distribution that transformers draws from."""
    warpers = transformers.LogitsProcessorList([transformers.TemperatureLogitsWarper(sampling.temperature)])
    if sampling.top_k is not None:
        warpers.append(transformers.TopKLogitsWarper(sampling.top_k))
    if sampling.top_p < 1:
        warpers.append(transformers.TopPLogitsWarper(sampling.top_p))
    return torch.softmax(warpers(None, logits.clone()), dim=-1)


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(temperature=1.0),
        Sampling(temperature=0.7, top_k=10),
        Sampling(temperature=1.0, top_p=0.8),
        Sampling(temperature=1.3, top_p=0.999),
        Sampling(temperature=0.9, top_k=40, top_p=0.5),
        Sampling(temperature=1.0, top_k=5000),
    ],
)
def test_tokens_are_drawn_from_the_distribution_of_transformers(logits: Any, sampling: Sampling) -> None:
    from harness.engines.decoding import draw

    # Evenly spread numbers draw each token as often as it is likely, to within one.
    steps = 2000
    numbers = [(step + 0.5) / steps for step in range(steps)]
    for row, expected in zip(logits, warped(logits, sampling), strict=True):
        drawn = draw(row.expand(steps, -1), sampling, numbers)
        counts = torch.bincount(drawn, minlength=VOCABULARY)
        assert (counts - expected * steps).abs().max() <= 1.01
        assert not counts[expected == 0].any()


def test_temperature_zero_takes_the_likeliest(logits: Any) -> None:
    from harness.engines.decoding import draw

    assert draw(logits, Sampling(), [0.99] * 5).tolist() == logits.argmax(-1).tolist()


def test_a_number_close_to_one_draws_an_allowed_token(logits: Any) -> None:
    from harness.engines.decoding import draw

    sampling = Sampling(temperature=1.0, top_k=3)
    tokens = draw(logits, sampling, [1 - 2**-53] * 5)
    assert all(token in row.topk(3).indices for token, row in zip(tokens, logits, strict=True))
