"""The reports in English."""

from __future__ import annotations

from typing import Final

from reports.pages.wording.comparison_words import ENGLISH_COMPARISONS
from reports.pages.wording.failure_english import ENGLISH_FAILURES
from reports.pages.wording.gate_english import ENGLISH_GATE
from reports.pages.wording.judge_english import ENGLISH_JUDGES
from reports.pages.wording.persona_english import ENGLISH_PERSONA
from reports.pages.wording.picture_words import ENGLISH_PICTURES
from reports.pages.wording.words import ScriptWords, Words

ATTACK_KINDS: Final = {
    "orders": "orders to the judge",
    "prompt_ends": "fake end of the prompt",
    "chat_templates": "chat template tokens",
    "json": "forged JSON",
    "roles": "role labels",
    "invisible": "invisible characters",
    "rubrics": "a rubric of its own",
    "turns": "forged turns",
}


ENGLISH: Final = Words(
    language="en",
    none="none",
    list_separator="; ",
    judges=ENGLISH_JUDGES,
    persona=ENGLISH_PERSONA,
    gating=ENGLISH_GATE,
    failures=ENGLISH_FAILURES,
    pictures=ENGLISH_PICTURES,
    measures_in_words={},
    script=ScriptWords(
        decimal_comma=False,
        measure="Measure",
        candidate="Candidate",
        baseline="baseline",
        cases_count="cases",
        slice="Slice",
        act="act due",
        tag="tag",
        language="language",
        depth="earlier messages",
        length="characters of context",
        few_dialogues="few dialogues: {count}",
        slices_chart="Means with their 95 % intervals: {measure}",
        tags="Tags",
        acts_due="Act due",
        languages="Language",
        failures="What went wrong",
        search="Search in dialogues and replies",
        part="Part of the suite",
        all_cases="All",
        condition="Show",
        any_condition="All cases",
        worse_than_baseline="Worse than the baseline",
        better_than_baseline="Better than the baseline",
        act_wrong="Act wrong",
        unparsed="Answer of a judge not readable",
        unmeasured="Not measured",
        attack_suspected="Attack suspected",
        attack_mark="Attack suspected: {kinds}",
        attack_kinds=ATTACK_KINDS,
        any_candidate="Any",
        overall="Overall (act, checks, judges)",
        order="Order",
        order_suite="As in the suite",
        order_lowest="Lowest scores first",
        order_regressed="Largest losses first",
        order_improved="Largest gains first",
        mark_differences="Mark words that the baseline did not say",
        review="Your mark",
        marked={"pass": "Good reply", "fail": "Bad reply"},
        note="Note",
        rename="Rename",
        keep="Keep",
        not_kept="Could not be kept. Is `rejoinder view` still running?",
        showing="{first}–{last} of {found} cases found, of {all} on this page",
        none_found="No case on this page is like that.",
        previous="← Back",
        next="Next →",
        references="Good replies",
        due="due: {act}",
        link_to_case="Link to this case",
        earlier_turns="Show {count} earlier turns",
        earlier_not_printed="Earlier turns that are not printed: {count}.",
        show_all="Show all {length} characters",
        cut_text="Cut: the first {shown} of {length} characters are on this page.",
        empty_text="empty",
        no_reply="No reply",
        reasoning="Reasoning",
        not_applicable="Do not apply here",
        cut_off="cut off at the token limit",
        tokens="{count} tokens",
        seconds="{count} s",
        seed="Seed {seed}",
        roles={"system": "System prompt", "user": "User", "assistant": "Assistant", "tool": "Tool"},
        statuses={
            "ok": "ok",
            "unparsed": "answer not readable",
            "refused": "judge declined",
            "error": "error",
            "skipped": "does not apply",
            "missing": "not measured",
        },
        groups={
            "typical": "shown for: typical of a fault",
            "lowest": "shown for: low scores",
            "regressed": "shown for: loss against the baseline",
            "highest": "shown for: high scores",
            "random": "shown for: random sample",
        },
        expectation={
            "must_mention": "Must mention",
            "must_not_mention": "Must not mention",
            "missing": "Still missing, to be asked for",
            "said_already": "Said already, not to be asked again",
            "order": "Order",
        },
        comparisons=ENGLISH_COMPARISONS,
    ),
    verdict_alone="{candidate} was measured on {cases} cases of {dialogues} dialogues; there is nothing to compare it with.",
    verdict_standing="{candidate} is better than {baseline} on {better} and worse on {worse} of {measures} measures",
    verdict_level="{candidate} and {baseline} cannot be told apart on any of {measures} measures",
    verdict_many="{standings}: measures better (+) and worse (−) than {baseline}, of {measures}.",
    verdict_uncompared="{candidate} cannot be compared with {baseline}: too few dialogues were measured for both",
    verdict_incomplete="The run is incomplete, so far: {sentence}",
    verdict_leak="LEAK: the training half holds held-out dialogues or replies, so memory is measured too. {sentence}",
    verdict_gate_pass="{candidate} passes all {rules} gate rules",
    verdict_gate_fail="{candidate} fails {count} of {rules} gate rules",
    verdict_gate_inconclusive="{candidate} cannot be judged by {count} of {rules} gate rules yet",
    verdict_gate_empty="No rule of the gate applies to any candidate.",
    gate="Gate",
    gate_hint="What a candidate must meet before it goes out. What was not measured well enough never passes.",
    rule="Rule",
    outcome="Outcome",
    reason="Reason",
    outcomes={"pass": "passed", "fail": "failed", "inconclusive": "inconclusive"},
    part_of_suite="{part} of {whole}",
    suite_in_short="Suite {suite}, version {version}: {cases} cases of {dialogues} dialogues",
    measure="Measure",
    measures="Measures",
    measures_hint=(
        "Mean over the cases that were measured, ± half of its 95 % interval, which takes whole dialogues as the unit. "
        "Then the difference from the baseline: ▲ better, ▼ worse, no mark where it could be chance."
    ),
    candidate="Candidate",
    candidates="Candidates",
    baseline="baseline",
    corpus="corpus",
    corpus_row="as one corpus",
    not_measured="not measured",
    not_measured_because="{measures}: not measured. The commonest reason: {reason}",
    unmeasured="What could not be measured",
    unmeasured_hint=(
        "Of the measurements that were due, the share (and number) that gave no value, and the reasons given most often. "
        "Requests that failed gave no reply at all, and are not counted again at every measure."
    ),
    unmeasured_heads=("Candidate", "Measure", "Answer not readable", "Judge declined", "Error", "Commonest reasons"),
    failed_requests="failed requests",
    unmeasured_more="{count} more rows are in report.html.",
    does_not_apply="does not apply",
    measured_share="{share} measured",
    dialogues_pass="{share} of dialogues",
    lower_is_better="lower is better",
    legend_interval="± half of the 95 % interval of the mean, with whole dialogues as the unit.",
    legend_different="≠ different, where neither side is better.",
    legend_coverage="98%: the share of replies that could be measured, where it is not all.",
    legend_marks="▲ better, ▼ worse than {baseline}: the 95 % interval of the difference leaves out 0. No mark: could be chance.",
    relations={
        "better": "better than the baseline",
        "worse": "worse than the baseline",
        "different": "different from the baseline",
        "unclear": "could be chance",
    },
    kinds={
        "reference": "Likeness to the references",
        "act": "Dialogue act",
        "check": "Checks",
        "judge": "Judges",
        "other": "Other measures",
    },
    differences="Differences",
    differences_title="Differences from {baseline}",
    differences_hint=(
        "Each line is the 95 % interval of a difference, over the cases where both were measured. "
        "A line that does not touch 0 is unlikely to be chance; right of 0 is better."
    ),
    interval="95 % interval",
    difference_heads=(
        "Difference",
        "95 % interval",
        "p",
        "p, Benjamini–Hochberg",
        "Effect d_z",
        "Wins / ties / losses",
        "Detectable",
        "More dialogues",
        "Cases",
        "Dialogues",
    ),
    tests={
        "sign_flips": "random signs",
        "sign_flips_normal": "random signs, normal curve",
        "mcnemar": "McNemar",
        "bootstrap": "bootstrap",
    },
    uncorrected="not corrected",
    whole_dialogues="whole dialogues",
    marks_that_hold=(
        "{kept} of {marked} marks hold at p < 0.05 after correction for {count} comparisons (Benjamini–Hochberg)."
    ),
    all_differences="All differences as a table",
    all_differences_hint=(
        "p is two-sided and takes whole dialogues as the unit: McNemar's exact test for yes/no measures, random signs for"
        " others, the paired bootstrap for corpus figures. The next column corrects it for the number of comparisons by "
        "Benjamini–Hochberg. d_z is the difference in standard deviations of the differences by case. Detectable: the "
        "smallest true difference that so many dialogues show in four runs of five. More dialogues: as many would show a "
        "difference of this size so often, where it could still be chance. Whole dialogues: the share of dialogues in "
        "which all target turns pass."
    ),
    key_better="better",
    key_worse="worse",
    key_unclear="could be chance",
    chart_title="{candidate} against {baseline}, mean difference and 95 % interval in percent of each scale:",
    chart_axis="← worse · % of the scale · better →",
    chart_row="{measure} {difference} {interval}",
    jury_disagreement="{jury}: disagreement",
    preferences="Preferences",
    preferences_hint=(
        "Which of two candidates' replies the judge holds to be better, asked in both orders. The win rate is the share of "
        "wins, and ties as half, among the comparisons with the same outcome in both orders; its 95 % interval takes whole "
        "dialogues as the unit. What turns with the order is inconsistent and counts for nobody. At equal length: the win "
        "rate to be expected if both replies were equally long."
    ),
    preference_heads=(
        "Candidate",
        "Against",
        "Win rate",
        "95 % interval",
        "At equal length",
        "95 % interval",
        "Wins / ties / losses",
        "Inconsistent",
        "Could be read",
    ),
    preference_in_short=(
        "{candidate} wins {rate} {interval} against {against}, {controlled} at equal length; "
        "{inconsistent} of the comparisons turned with the order."
    ),
    preference_unknown=(
        "{candidate} cannot be compared with {against}: no outcome holds in both orders (inconsistent: {inconsistent})."
    ),
    ranking="Ranking",
    ranking_hint=(
        "From all comparisons together, by the Bradley-Terry model: the log-odds of winning against the baseline, which "
        "stands at 0, and the win rate that follows."
    ),
    ranking_heads=("Rank", "Candidate", "Strength", "95 % interval", "Win rate against the baseline"),
    ranking_in_short="Ranking by {measure}, log-odds against the baseline: {places}.",
    slices="Slices",
    slices_hint=(
        "The same means on parts of the suite: by the act that is due, language, how deep in the dialogue and how long "
        "the context is, then by tag. Parts of fewer than 20 dialogues are marked: they vary a lot by chance."
    ),
    slices_left_out="Rarer tags not shown: {count}.",
    acts="Dialogue acts",
    acts_hint="What the reply should have done (rows) and what it did (columns), as counts of replies. Right replies are framed.",
    act_due="due",
    act_done="done",
    act_unmeasured="not measured",
    acts_right="{share} right",
    cases="Cases",
    cases_whole="All {count} cases of the run, with every reply, score and reason.",
    cases_chosen=(
        "{shown} of {count} cases are on this page: those that are typical of what went wrong, suspected attacks, the largest "
        "losses against the baseline, and of every slice the worst, the best and a random sample. All rows are in the Parquet "
        "files beside this page; `rejoinder view` shows all cases."
    ),
    judge_kin=(
        "The judge {judge} is of one family with {candidates}. Judges tend to prefer what they would have said themselves: "
        "compare these with others by another judge."
    ),
    attacks_suspected="Replies suspected of trying to move their judge: {count} ({candidates}). What was found: {kinds}.",
    attack_kinds=ATTACK_KINDS,
    needs_script="This part needs JavaScript. It runs in this page alone and loads nothing.",
    skip_to_measures="Skip to the measures",
    contents="Contents",
    suite="Suite",
    version="version",
    dialogues="dialogues",
    when="When",
    still_running="incomplete",
    hardware="Hardware",
    glossary="What the measures mean",
    scale="Scale {low} to {high}.",
    adapters="Adapters",
    adapters_hint=(
        "What shows that each adapter was at work, asked before the first reply: how far the log-probabilities of a few fixed "
        "replies are, token by token and in nats, from those of the bare base and from peft's own."
    ),
    adapter_heads=("Candidate", "Adapter", "From the base, mean", "largest", "From peft, mean", "Remark"),
    adapter_tolerated="{difference} (up to {tolerance})",
    adapter_weak="so weak that its agreement with peft says little",
    adapter_in_short="Adapter of {candidate}: {from_base} nats from the base, {from_peft} from peft in the mean.",
    provenance="How this run was made",
    repeatability="Run again",
    repeats={
        "exactly": "the same replies",
        "up_to_rounding": (
            "the same replies on the same machine and build, up to rounding in {precision}: the last digits of sums depend on "
            "what else is in a batch, and now and then a word depends on them"
        ),
        "not_promised": "perhaps other replies, even at temperature 0 or with the same seed: no server promises the same ones",
    },
    command="Command",
    signature="Signature",
    suite_hash="Suite hash",
    git_commit="Git commit",
    seeds="Seeds",
    versions="Versions",
    candidate_settings="Settings of {candidate}",
    run_status="Status",
    run_statuses={"complete": "complete", "incomplete": "incomplete"},
    whole_spec="The whole spec",
)
