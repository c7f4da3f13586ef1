"""Attacks on judges: a battery of them, telling them in a reply, and proving that they do not break a prompt."""
