"""Cue phrases that tell what a sentence does, language by language. The rules that use them live in `harness.metrics`."""
