"""The `rejoinder` command: one module a group of commands, thin over the Python API.

Modules here import only Typer at the top; everything else is imported when a command runs, so that `--help` is quick.
"""
