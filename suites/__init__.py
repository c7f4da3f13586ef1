"""Dialogues, cases and suites: reading, checking, importing and exporting them, and the suites that come built in."""
