"""Statistics of clustered measurements: errors, intervals, tests, corrections and rankings. Numbers in, numbers out."""
