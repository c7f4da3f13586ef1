"""Results tables, statistics, comparison, gate, charts, and the written reports.

Start at `reports.reporting.write_reports` (files of a run), `reports.pages.terminal.print_summary` (a table for the
screen) and `reports.gating.gate.evaluate_gate` (may it go out). Everything here is made from a run folder's tables; no model
is needed.
"""
