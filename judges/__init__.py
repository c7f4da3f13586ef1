"""Judges: rubrics, prompts, readouts and verdicts."""
