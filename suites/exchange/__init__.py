"""Other people's dialogue files: reading them into suites and writing suites for them, one module a format."""
