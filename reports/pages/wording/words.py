"""The sentences of the reports, as records: a language is complete when its record can be made.

Places in braces are filled in by the one who prints the sentence. Sentences avoid plurals of counted things, which
some languages have three of.
"""

from __future__ import annotations

from dataclasses import dataclass

from reports.pages.wording.comparison_words import ComparisonWords
from reports.pages.wording.failure_words import FailureWords
from reports.pages.wording.gate_words import GateWords
from reports.pages.wording.judge_words import JudgeWords
from reports.pages.wording.persona_words import PersonaWords
from reports.pages.wording.picture_words import PictureWords


@dataclass(frozen=True, slots=True)
class ScriptWords:
    """What the HTML page's script prints."""

    decimal_comma: bool
    measure: str
    candidate: str
    baseline: str
    cases_count: str
    slice: str
    act: str
    tag: str
    language: str
    depth: str
    length: str
    few_dialogues: str
    slices_chart: str
    tags: str
    acts_due: str
    languages: str
    failures: str
    search: str
    part: str
    all_cases: str
    condition: str
    any_condition: str
    worse_than_baseline: str
    better_than_baseline: str
    act_wrong: str
    unparsed: str
    unmeasured: str
    attack_suspected: str
    attack_mark: str
    attack_kinds: dict[str, str]
    any_candidate: str
    overall: str
    order: str
    order_suite: str
    order_lowest: str
    order_regressed: str
    order_improved: str
    mark_differences: str
    review: str
    marked: dict[str, str]
    note: str
    rename: str
    keep: str
    not_kept: str
    showing: str
    none_found: str
    previous: str
    next: str
    references: str
    due: str
    link_to_case: str
    earlier_turns: str
    earlier_not_printed: str
    show_all: str
    cut_text: str
    empty_text: str
    no_reply: str
    reasoning: str
    not_applicable: str
    cut_off: str
    tokens: str
    seconds: str
    seed: str
    roles: dict[str, str]
    statuses: dict[str, str]
    groups: dict[str, str]
    expectation: dict[str, str]
    comparisons: ComparisonWords


@dataclass(frozen=True, slots=True)
class Words:
    """One language."""

    language: str
    none: str
    list_separator: str
    script: ScriptWords
    judges: JudgeWords
    persona: PersonaWords
    gating: GateWords
    failures: FailureWords
    pictures: PictureWords
    measures_in_words: dict[str, str]
    """Titles and descriptions of measures, by what they are in English."""

    # verdict
    verdict_alone: str
    verdict_standing: str
    verdict_level: str
    verdict_many: str
    verdict_uncompared: str
    verdict_incomplete: str
    verdict_leak: str
    verdict_gate_pass: str
    verdict_gate_fail: str
    verdict_gate_inconclusive: str
    verdict_gate_empty: str

    # gate
    gate: str
    gate_hint: str
    rule: str
    outcome: str
    reason: str
    outcomes: dict[str, str]

    # tables
    suite_in_short: str
    part_of_suite: str
    measure: str
    measures: str
    measures_hint: str
    candidate: str
    candidates: str
    baseline: str
    corpus: str
    corpus_row: str
    not_measured: str
    not_measured_because: str
    unmeasured: str
    unmeasured_hint: str
    unmeasured_heads: tuple[str, str, str, str, str, str]
    """Candidate, measure, answer not readable, judge declined, error, commonest reasons."""
    failed_requests: str
    unmeasured_more: str
    does_not_apply: str
    measured_share: str
    dialogues_pass: str
    lower_is_better: str
    legend_interval: str
    legend_marks: str
    legend_different: str
    legend_coverage: str
    relations: dict[str, str]
    kinds: dict[str, str]

    # differences
    differences: str
    differences_title: str
    differences_hint: str
    interval: str
    difference_heads: tuple[str, str, str, str, str, str, str, str, str, str]
    """Difference, interval, p, corrected p, effect size, wins / ties / losses, smallest detectable difference, further
    dialogues, cases, dialogues."""
    tests: dict[str, str]
    """By the name of the test, in short."""
    uncorrected: str
    whole_dialogues: str
    marks_that_hold: str
    all_differences: str
    all_differences_hint: str
    key_better: str
    key_worse: str
    key_unclear: str
    chart_title: str
    chart_axis: str
    chart_row: str

    jury_disagreement: str

    # preferences
    preferences: str
    preferences_hint: str
    preference_heads: tuple[str, str, str, str, str, str, str, str, str]
    """Candidate, against, win rate, interval, at equal length, interval, wins / ties / losses, inconsistent, read."""
    preference_in_short: str
    preference_unknown: str
    ranking: str
    ranking_hint: str
    ranking_heads: tuple[str, str, str, str, str]
    """Rank, candidate, strength, interval, win rate against the baseline."""
    ranking_in_short: str

    # slices, acts, cases
    slices: str
    slices_hint: str
    slices_left_out: str
    acts: str
    acts_hint: str
    act_due: str
    act_done: str
    act_unmeasured: str
    acts_right: str
    cases: str
    cases_whole: str
    cases_chosen: str
    attacks_suspected: str
    judge_kin: str
    attack_kinds: dict[str, str]
    needs_script: str

    # frame
    skip_to_measures: str
    contents: str
    suite: str
    version: str
    dialogues: str
    when: str
    still_running: str
    hardware: str
    glossary: str
    scale: str
    adapters: str
    adapters_hint: str
    adapter_heads: tuple[str, str, str, str, str, str]
    """Candidate, adapter, mean and largest difference from the base, difference from peft, remark."""
    adapter_tolerated: str
    adapter_weak: str
    adapter_in_short: str
    provenance: str
    repeatability: str
    repeats: dict[str, str]
    """By what the manifest says of a candidate's engine."""
    command: str
    signature: str
    suite_hash: str
    git_commit: str
    seeds: str
    versions: str
    candidate_settings: str
    run_status: str
    run_statuses: dict[str, str]
    whole_spec: str
