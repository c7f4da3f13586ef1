"""Judging with engines: the judges and juries of a run, and the commands that try judges outside a run."""
