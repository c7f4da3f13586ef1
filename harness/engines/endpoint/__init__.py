"""Talking to a server that speaks the OpenAI protocol; the engine on top of it is `harness.engines.openai_engine`."""
