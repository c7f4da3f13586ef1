"""What a gate says in English."""

from __future__ import annotations

from typing import Final

from reports.pages.wording.gate_words import GateWords

ENGLISH_GATE: Final = GateWords(
    figures={
        "error_share": "failed requests",
        "adapter_proof": "adapter proof",
        "completion_tokens": "tokens of a reply",
        "prompt_tokens": "tokens of a prompt",
        "latency_s": "seconds to a reply",
    },
    slices={"act": "act", "language": "language", "depth": "depth", "length": "length", "tag": "tag"},
    in_slice="{measure} ({kind} {name})",
    rule_at_least="{measure} at least {bound}",
    rule_at_most="{measure} at most {bound}",
    rule_observed="{rule}, as observed",
    rule_against="{measure} against {against}, margin {margin}",
    rule_better="{measure} better than {against} by {margin}",
    rule_wins="{measure} won against {against} more often than {bound}",
    rule_proven="adapter proven at work",
    mean="{measure} is {figure} {interval} on average",
    difference="{measure} differs from {against} by {figure} {interval}",
    wins="{measure}: {figure} {interval} of the comparisons with {against} were won",
    good="{subject}, all on the good side of {limit}.",
    bad="{subject}, all on the bad side of {limit} (p {p}; Holm's correction, {tests} in all: {p_corrected}).",
    both="{subject}, on both sides of {limit}: {way_out}.",
    corrected_away=(
        "{subject}, all on the bad side of {limit}, but of so many tests one can be so by chance "
        "(p {p}; Holm's correction, {tests} in all: {p_corrected}): {way_out}."
    ),
    followed_good="After {after} of {dialogues} dialogues: {subject}, all on the good side of {limit}.",
    followed_bad="After {after} of {dialogues} dialogues: {subject}, all on the bad side of {limit}.",
    followed_open="After {after} of {dialogues} dialogues: {subject}, on both sides of {limit}: {way_out}.",
    stopped_for_others=(
        "{measure}: the run stopped early, when the rules of its own gate were decided, and this was none of them; "
        "run without --until-decided."
    ),
    stopped_early=(
        "Stopped early, after {replayed} of {dialogues} dialogues in random order: every rule was decided "
        "({decisions}). All means are of these dialogues; the intervals of the gate allow for "
        "stopping early, those of other tables do not."
    ),
    followed_to_the_end=(
        "Judged while it ran, to stop when every rule was decided: all {dialogues} dialogues were replayed "
        "({decisions})."
    ),
    followed_decision="{candidate}, {rule}: {outcome} after {after}",
    followed_decisions="rules: {count}, of these open: {open}; decided after {first} to {last} dialogues",
    would_decide="about {dialogues} dialogues in all would tell",
    nothing_decides="no number of dialogues can be said to tell",
    at_least="{measure} is {mean} in this run, at least {bound}.",
    below="{measure} is {mean} in this run, below {bound}.",
    at_most="{measure} is {mean} in this run, at most {bound}.",
    above="{measure} is {mean} in this run, above {bound}.",
    covered="{share} of the measurements by {measure} could be taken, at least {bound}.",
    uncovered="Only {share} of the measurements by {measure} could be taken, below {bound}.",
    proven="The adapter {adapter} was proven at work.",
    weak="The adapter {adapter} changes so little that its proof says nothing: {remark}.",
    unproven="The adapter {adapter} could not be proven at work: {remark}.",
    without_proof="The adapter {adapter} was not looked at: the run was made with `adapter_proof: off`.",
    no_adapter="{candidate} has no adapter, so none is proven at work.",
    no_slice="{measure}: the run has no slice of the kind {kind}, so there is nothing to judge.",
    no_case="{measure}: no case of the run is in the slice {name} ({kind}), so there is nothing to judge.",
    itself=(
        "{measure}: nobody but {candidate} is to be released, and the rule compares with {candidate}; name another "
        "`candidate`, or another `against`."
    ),
    too_few="{measure} was measured in {dialogues} dialogues; an interval needs at least {fewest}.",
    unmeasured="{measure} was not measured.",
    too_little="{reason}, but only {share} of the measurements could be taken and {bound} are asked for.",
    incomplete="The run is incomplete; so far: {reason}",
    not_compared="It could not be compared: {problem}.",
    whole="gate: {outcome}",
    dialogues_of_run="{run} dialogues",
)
