"""What reports say of judges held against people, in English."""

from __future__ import annotations

from typing import Final

from reports.pages.wording.judge_words import JudgeWords

ENGLISH_JUDGES: Final = JudgeWords(
    title="Judges against people",
    hint=(
        "How far each judge agreed with people on replies that both have judged, in brackets the 95 % interval. A certificate "
        "counts for the rubric, the judge model, the readout and the language that it was made with, and no longer when one of "
        "them changes."
    ),
    heads=("Measure", "Certificate", "Agreement", "Against chance", "Labelled replies", "Judged", "Remark"),
    certified="certified",
    uncertified="not certified",
    no_longer="counts no longer",
    uncertified_remark="nobody has held this judge against people: `rejoinder judge calibrate` does",
    python_remark="a judge written in Python has no rubric that could be calibrated",
    jury_remark="a jury is not calibrated itself, its members are",
    correct_remark="`rejoinder judge correct` holds its means against people's labels of a run",
    no_longer_remark="{changes}; calibrate again",
    changes={
        "rubric": "the rubric has changed",
        "readout": "the readout is {now} and was {was}",
        "judge": "the judge is {now} and was {was}",
        "language": "the replies are in {now} and were in {was}",
    },
    figures={
        "accuracy": "accuracy",
        "kappa": "Cohen's kappa",
        "weighted_kappa": "quadratic weighted kappa",
        "fleiss_kappa": "Fleiss' kappa",
        "alpha": "Krippendorff's alpha",
        "ac1": "Gwet's AC1",
        "roc_auc": "ROC AUC",
        "pearson": "Pearson's r",
        "spearman": "Spearman's rho",
        "kendall": "Kendall's tau",
    },
    labelled="{replies} ({contexts} contexts)",
    of_chance="{figure} {value}, chance {chance}",
    people="people among themselves: {figure} {value}",
    mended="labels mended after the judge had contradicted them: {replies}",
    drawn_agreement="its drawn answers agree with the verdict to {agreement} on average",
    drawn_unread="{unread} of {drawn} drawn answers could not be read",
    in_short="Judge of {measure}: {standing}; {agreement}, {labelled} labelled replies, {coverage} judged.",
    at_chance=(
        "The judge of {measure} cannot be trusted: it cannot be told from chance "
        "({figure} {value} on labelled replies, chance is {chance})."
    ),
    below_chance=(
        "The judge of {measure} cannot be trusted: it contradicts people "
        "({figure} {value} on labelled replies, chance is {chance})."
    ),
    unknown_chance=(
        "Whether the judge of {measure} agrees with people better than chance is not known: its certificate has no interval of "
        "{figure}."
    ),
    rule="{measure} certified, {demands}",
    gate_pass="The judge of {measure} is certified: {figures}, the lower end at least what is demanded.",
    gate_fail="The judge of {measure} is not good enough: {figures}, all of the interval below what is demanded.",
    gate_unclear=(
        "The certificate of {measure} does not tell: {figures}, the interval on both sides of what is demanded; {way_out}."
    ),
    gate_labels="about {replies} labelled replies in all would tell",
    gate_no_labels="no number of labelled replies can be said to tell",
    gate_no_interval="The certificate of {measure} gives no interval of {figure}; more labels would.",
    gate_no_figure="The certificate of {measure} has no {figure} on this scale.",
    gate_no_item_figure=(
        "The certificate of {measure} is over the scores of whole checklists, and {figure} needs people's labels of single "
        "items: calibrate again."
    ),
    gate_uncertified="The judge of {measure} has no certificate.",
    gate_no_longer="The certificate of {measure} counts no longer: {changes}.",
    corrected_title="Judged means, corrected by people's labels",
    corrected_hint=(
        "Some replies of this run were labelled by people. Where they are a random sample, the corrected means are free of the "
        "judge's bias, and their 95 % intervals, with whole dialogues as the unit, tell how sure they are."
    ),
    corrected_heads=("Measure", "Candidate", "As judged", "Corrected", "By", "Labelled"),
    methods={
        "prediction_powered": "prediction-powered inference",
        "adjusted_counting": "adjusted counting",
    },
    labelled_of="{labelled} of {replies} in {dialogues} dialogues",
    no_correction={
        "too_few_dialogues": "fewer than 5 dialogues are labelled",
        "one_class": "people passed all or none of the labelled replies",
        "at_chance": "the judge passes good and bad replies alike",
    },
)
