"""What the terminal says of a certificate: every figure, why one is missing, and one plain sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from harness.command_line.certificate_text import certificate_lines, conclusion
from judges.people.agreement import Figure, Interval
from judges.people.certificate import Certificate, MendedLabels, WithoutVerdict
from judges.people.coefficients import FigureName
from judges.people.score_map import ReliabilityPoint, ScoreMap


def figure(name: FigureName, value: float, low: float, high: float, replies: int = 40) -> Figure:
    return Figure(name=name, value=value, interval=Interval(low=low, high=high), replies=replies, contexts=20)


def certificate(*figures: Figure, **fields: Any) -> Certificate:
    given = {"scale": "binary", "replies": 40, "ratings": 80, "contexts": 20} | fields
    return Certificate(
        date=datetime(2026, 11, 22, tzinfo=UTC),
        rejoinder="0.1.0",
        rubric="upselling",
        rubric_version="1",
        rubric_hash="77ac01d2" * 8,
        rubric_file="upselling.yaml",
        judge="small@9f31c0de",
        readout="label_probabilities",
        language="en",
        labels_file="labels.jsonl",
        labels_sha256="0" * 64,
        figures=figures,
        **given,
    )


def test_all_figures_are_told() -> None:
    text = "\n".join(
        certificate_lines(
            certificate(
                figure("accuracy", 0.75, 0.6, 0.9),
                figure("roc_auc", 0.8125, 0.7, 0.9),
                Figure(name="pearson", value=0.5, replies=40, contexts=4, reason="with fewer than 5 contexts"),
                people=(figure("alpha", 0.6, 0.5, 0.7), figure("spearman", 0.7, 0.5, 0.8, replies=80)),
                confusion={"pass": {"pass": 20, "fail": 5}, "fail": {"pass": 4, "fail": 11}},
                ties=1,
                mended=MendedLabels(file="again.jsonl", sha256="0" * 64, replies=3),
                reliability=(ReliabilityPoint(judge=0.2, people=0.1, replies=20),),
                score_map=ScoreMap(
                    kind="isotonic",
                    points=((0.1, 0.0), (0.9, 0.8)),
                    error=0.3,
                    errors={"isotonic": 0.3, "logistic": 0.31},
                    raw_error=0.4,
                    constant_error=0.5,
                    folds=5,
                ),
            )
        )
    )
    expected = """\
rubric    upselling v1:77ac01d2, en
judge     small@9f31c0de, label_probabilities
labels    labels.jsonl: 80 ratings of 40 replies to 20 contexts
verdicts  40 of 40 (100.0%)
mended    3 replies, after the judge had contradicted the labels
ties      no label prevails among the raters of 1 reply

judge and people                        value   95 % interval      chance  pairs
  accuracy                              0.750   0.600 to 0.900             40
  ROC AUC                               0.812   0.700 to 0.900     0.5     40
  Pearson's r                           0.500   none               0       40
    with fewer than 5 contexts
people among themselves
  Krippendorff's alpha                  0.600   0.500 to 0.700     0       40
  Spearman's rho                        0.700   0.500 to 0.800     0       80

people \\ judge  pass            fail
pass            20              5
fail            4               11

judge gives   people give   replies
0.200         0.100         20

map to people's scale: isotonic, 0.100 becomes 0.000 and 0.900 becomes 0.800
  error 0.300 on contexts it has not seen (cross-validated); of the raw score 0.400, of people's mean for every reply 0.500

This judge agrees with people better than chance: ROC AUC is 0.812 (95 % interval 0.700 to 0.900), and chance is 0.5."""
    assert text == expected


@pytest.mark.parametrize(
    ("scale", "decisive", "said"),
    [
        (
            "binary",
            figure("roc_auc", 0.49, 0.41, 0.57),
            "This judge cannot be told from chance, so its verdicts cannot be",
        ),
        (
            "binary",
            figure("roc_auc", 0.3, 0.2, 0.4),
            "This judge contradicts people, so its verdicts cannot be trusted",
        ),
        ("ordinal", figure("spearman", 0.2, 0.01, 0.4), "This judge agrees with people better than chance"),
        ("ordinal", figure("spearman", 0.2, 0.0, 0.4), "This judge cannot be told from chance"),
        ("labels", figure("kappa", 0.4, 0.2, 0.6), "This judge agrees with people better than chance"),
        (
            "numeric",
            Figure(
                name="spearman", value=None, replies=9, contexts=9, reason="the judge gave every reply the same score"
            ),
            "better than chance cannot be said: the judge gave every reply the same score.",
        ),
    ],
)
def test_one_sentence_says_what_the_judge_is_worth(scale: str, decisive: Figure, said: str) -> None:
    others = [figure("accuracy", 0.9, 0.8, 1.0), figure("pearson", 0.9, 0.8, 1.0)]  # a lucky figure decides nothing
    assert said in conclusion(certificate(*others, decisive, scale=scale))


def test_the_sentence_says_what_it_leaves_out() -> None:
    lost = (
        WithoutVerdict(status="unparsed", replies=9, reason="no verdict in the judge's answer"),
        WithoutVerdict(status="error", replies=1, reason="the prompt\nis \x1b[2Jtoo long"),
    )
    partial = certificate(figure("roc_auc", 0.8, 0.7, 0.9), without_verdict=lost)
    assert conclusion(partial).endswith("That leaves out 10 of 40 replies, on which it gave no verdict.")
    lines = list(certificate_lines(partial))
    assert "verdicts  30 of 40 (75.0%)" in lines
    assert "          9 unparsed, the first one: no verdict in the judge's answer" in lines
    assert all(text.isprintable() for text in lines), "what a server said must not steer the terminal"
