"""The blind test's figures: how often people, and judges, tell a person's replies from generated ones."""
