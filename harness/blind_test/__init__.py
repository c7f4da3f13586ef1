"""The blind test: raters, and judge models, say which of two replies is the person's.

pairs -> plan -> sittings -> server; judging (a judge model takes the test); sheets (what was answered, for `reports.blind`).
"""
