"""Telling others of a run: comments on pull and merge requests, GitHub Actions, MLflow, model cards."""
