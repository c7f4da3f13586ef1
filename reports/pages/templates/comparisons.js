// What judges of pairs say at a case: which of two replies is better, how far, and why.

/** Better or worse than the baseline; other candidates stand in no such relation to each other. */
function againstBaseline(one, data) {
  const relations = { win: ["better", " ▲"], loss: ["worse", " ▼"] };
  return (one.against === data.baseline && relations[one.outcome]) || ["", ""];
}

function comparison(one, saysSeed, data) {
  const name = (candidate) => foreign(data.candidates[candidate]);
  const status = data.statuses[one.status];
  const [relation, sign] = againstBaseline(one, data);
  const look = one.outcome ? relation : status === "skipped" ? "label" : "not-ok";
  const said = filled(words.comparisons.outcomes[one.outcome] || words.comparisons.unjudged,
    { candidate: name(one.candidate), against: name(one.against), status: words.statuses[status] });
  const asides = [
    one.preference === null ? null : filled(words.comparisons.preference, { candidate: name(one.candidate), value: brief(one.preference, 2) }),
    saysSeed ? fill(words.seed, { seed: one.seed }) : null,
  ].filter(Boolean);
  return element("li", { class: "comparison" },
    element("span", {}, foreign(data.pair_measures[one.measure]), ": ", element("span", { class: "value " + look }, said, sign)),
    asides.map((aside) => element("span", { class: "label" }, aside)),
    one.reason === null ? null : element("div", { class: "reason", dir: "auto" }, data.reasons[one.reason]));
}

/** All comparisons of a case's replies; null where the run compares none. */
function comparisons(item, data) {
  if (!item.comparisons) return null;
  const saysSeed = new Set(item.comparisons.map((one) => one.seed)).size > 1;
  return element("div", { class: "comparisons" }, element("h4", {}, words.comparisons.title),
    element("ul", {}, item.comparisons.map((one) => comparison(one, saysSeed, data))));
}
