"""One command for every figure of this project: `python -m benchmarks list`."""
