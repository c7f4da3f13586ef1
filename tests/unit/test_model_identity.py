"""Which model answers, as hashes: certificates and records are tied to them, so they change with what decides answers alone."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from harness.engines.engine import ModelIdentity

LOCAL = ModelIdentity(
    name="small", base="9f31", adapter="77ac", chat_template=None, precision="bfloat16", engine="vllm 0.32.0"
)


def test_the_hash_of_a_local_model_is_of_its_weights_template_and_precision() -> None:
    assert LOCAL.model_digest() == hashlib.sha256(b"9f31\x1f77ac\x1f\x1fbfloat16").hexdigest()
    assert LOCAL.digest() == hashlib.sha256(b"9f31\x1f77ac\x1f\x1fbfloat16\x1fvllm 0.32.0").hexdigest()
    assert replace(LOCAL, name="other", engine="transformers 5.0").model_digest() == LOCAL.model_digest()


def test_what_every_request_holds_is_part_of_the_model_that_answers() -> None:
    asked = replace(LOCAL, settings="01ab")
    assert len({LOCAL.model_digest(), asked.model_digest(), replace(LOCAL, settings="02cd").model_digest()}) == 3
    assert asked.digest() != LOCAL.digest()
