"""Persona against generic: whose replies a suite holds, how near candidates come to them, and what controls are run for it.

What is made of the numbers is in `reports.persona`.
"""
