"""How a verdict is got out of a judge model: asking, reading the answer, and falling back."""
