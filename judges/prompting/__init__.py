"""The prompt of a judge: what it sees of a case, made harmless, between tags, in which words."""
