"""Rubric files: their fields, scales and questions, what can be wrong in them, and their own tests."""
