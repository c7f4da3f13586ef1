// One case as a card: context, what is expected, and the replies of all candidates side by side.

const FOLD_AFTER = 700; // characters
const FOLDED = 600; // characters that are left of a longer text
const LAST_TURNS = 6; // shown of a long context before the reader asks for all

/** A text that somebody else wrote, folded where it is long; its full length is always said. `marked` may mark parts of it. */
function longText(text, marked = (whole) => [whole]) {
  const cut = typeof text === "object";
  const shown = cut ? text.text : text;
  const box = element("div", { class: "text", dir: "auto" });
  const note = cut ? element("p", { class: "aside" }, fill(words.cut_text, { shown: whole(shown.length), length: whole(text.length) })) : null;
  if (shown.length <= FOLD_AFTER) {
    box.append(...(shown === "" ? [element("em", {}, words.empty_text)] : marked(shown)));
    return note ? [box, note] : [box];
  }
  const length = whole(cut ? text.length : shown.length);
  const unfold = () => { box.replaceChildren(...marked(shown)); button.replaceWith(...(note ? [note] : [])); };
  const printed = fill(words.cut_text, { shown: whole(FOLDED), length });
  const button = unfolding(fill(words.show_all, { length }), printed, unfold);
  box.append(shown.slice(0, FOLDED) + "…");
  return [box, button];
}

/** A button that shows the rest; on paper, where nobody can press it, it says instead what is left out. */
function unfolding(text, printed, onclick) {
  return element("button", { type: "button", class: "link unfolding", "data-printed": printed, onclick }, text);
}

function turn([role, name, content]) {
  const speaker = words.roles[role] || role;
  const inside = [element("span", { class: "speaker" }, name ? [speaker, " ", foreign(name)] : speaker), longText(content)];
  if (role === "system") {
    return element("details", { class: "bubble system" }, element("summary", {}, speaker), longText(content));
  }
  return element("div", { class: "bubble " + (["user", "assistant", "tool"].includes(role) ? role : "tool") }, inside);
}

function context(turns) {
  const start = turns.length && turns[0][0] === "system" ? 1 : 0;
  const hidden = turns.slice(start, Math.max(start, turns.length - LAST_TURNS));
  const earlier = element("div", { class: "earlier" });
  if (hidden.length > 1) {
    const unfold = () => earlier.replaceChildren(...hidden.map(turn));
    earlier.append(unfolding(fill(words.earlier_turns, { count: hidden.length }), fill(words.earlier_not_printed, { count: hidden.length }), unfold));
  } else {
    earlier.append(...hidden.map(turn));
  }
  return element("div", { class: "context" }, turns.slice(0, start).map(turn), earlier,
    turns.slice(Math.max(start, turns.length - LAST_TURNS)).map(turn));
}

function expectations(item) {
  const rows = item.expectation.map(([key, value]) => element("div", {}, element("dt", {}, words.expectation[key] || key), element("dd", {}, foreign(value))));
  return rows.length ? element("dl", { class: "expectation" }, rows) : null;
}

function references(item) {
  if (!item.references.length) return null;
  return element("div", { class: "references" }, element("h4", {}, words.references),
    item.references.map((text) => element("div", { class: "bubble reference" }, longText(text))));
}

/** A measurement as [status, value, label, reason], however it is stored. */
function measurement(stored, data) {
  if (stored === null || stored === undefined) return ["missing", null, null, null];
  if (typeof stored === "number") return ["ok", stored, null, null];
  const [status, value, label, reason] = stored;
  return [data.statuses[status], value, label, reason === null ? null : data.reasons[reason]];
}

/** Better or worse than the baseline on this case; likeness of wording goes up and down too freely to be marked. */
function mark(measure, value, baseline) {
  if (value === null || baseline === null || !["act", "check", "judge"].includes(measure.kind)) return ["", ""];
  const difference = (value - baseline) * measure.direction;
  return difference > 1e-9 ? ["better", " ▲"] : difference < -1e-9 ? ["worse", " ▼"] : ["", ""];
}

function figure(measure, value) {
  return (["act", "check", "judge"].includes(measure.kind) ? brief : number)(value, measure.decimals);
}

function scoreRow(measure, stored, baseline, data) {
  const [status, value, label, reason] = measurement(stored, data);
  const [relation, sign] = mark(measure, value, measurement(baseline, data)[1]);
  const shown = status === "ok"
    ? [label ? element("span", { class: "label" }, foreign(label)) : null, value === null ? "–" : figure(measure, value), sign]
    : element("span", { class: status === "skipped" ? "label" : "not-ok" }, words.statuses[status] || status);
  return element("div", { class: "score " + measure.kind },
    element("span", { class: "measure" }, foreign(measure.title)),
    element("span", { class: "value " + relation }, shown),
    reason && status !== "skipped" ? element("div", { class: "reason", dir: "auto" }, reason) : null);
}

/** The measures that apply to a case, in the order of reading: what was done and judged, then how close the wording is. */
function readingOrder(item, data) {
  const order = { act: 0, check: 1, judge: 2, reference: 3, other: 4 };
  const kind = (m) => order[data.measures[m].kind];
  return data.measures.map((_, m) => m).filter((m) => !isSkipped(item, m, data)).sort((a, b) => kind(a) - kind(b) || a - b);
}

/** Whether a measure applies to no reply of a case. */
function isSkipped(item, m, data) {
  return item.replies.flat().every((one) => measurement(one.scores[m], data)[0] === "skipped");
}

function skippedNote(item, data) {
  const titles = data.measures.filter((_, m) => isSkipped(item, m, data)).map((measure) => measure.title);
  return titles.length ? element("p", { class: "aside skipped" }, words.not_applicable + ": ", foreign(titles.join(", "))) : null;
}

function reply(one, baselineReply, order, data, marksDifferences, controls) {
  const baselineText = baselineReply && typeof baselineReply.text === "string" ? baselineReply.text : "";
  const marked = marksDifferences && baselineText ? (text) => markedText(text, baselineText) : undefined;
  const facts = [
    one.finish === "length" ? words.cut_off : null,
    one.tokens === null ? null : fill(words.tokens, { count: whole(one.tokens) }),
    one.seconds === null ? null : fill(words.seconds, { count: number(one.seconds, 2) }),
  ].filter(Boolean);
  return [
    element("div", { class: "bubble assistant reply" },
      one.reasoning ? element("details", { class: "reasoning" }, element("summary", {}, words.reasoning), longText(one.reasoning)) : null,
      one.text === null ? element("p", { class: "not-ok", dir: "auto" }, one.error || words.no_reply) : longText(one.text, marked),
      one.suspected.length ? element("p", { class: "not-ok suspected" }, "⚠ ", suspicion(one.suspected)) : null,
      one.failure === null ? null : element("p", { class: "aside fault" }, element("a", { href: "#failure-" + one.failure }, foreign(data.failures[one.failure].name))),
      facts.length ? element("p", { class: "aside" }, facts.join(" · ")) : null,
      controls),
    element("div", { class: "scores" }, order.map((m) =>
      scoreRow(data.measures[m], one.scores[m], baselineReply && baselineReply.scores[m], data))),
  ];
}

/** The kinds of attempts to move a judge that are suspected in any reply of a case. */
function suspected(item) {
  return [...new Set(item.replies.flat().flatMap((one) => one.suspected))];
}

function suspicion(kinds) {
  return fill(words.attack_mark, { kinds: kinds.map((kind) => words.attack_kinds[kind] || kind).join(", ") });
}

function candidateColumn(item, index, order, data, marksDifferences) {
  const replies = item.replies[index];
  const baseline = index === data.baseline ? [] : item.replies[data.baseline];
  const head = element("h4", {}, foreign(data.candidates[index]), index === data.baseline ? element("small", {}, words.baseline) : null);
  if (!replies.length) return element("div", { class: "candidate" }, head, element("p", { class: "aside" }, words.no_reply));
  const [first, ...rest] = replies.map((one) => [one, reply(one, baseline.find((other) => other.seed === one.seed), order, data, marksDifferences,
    reviewOf(one, item, index, data))]);
  return element("div", { class: "candidate" }, head, first[1],
    rest.map(([one, parts]) => element("details", { class: "seed" }, element("summary", {}, fill(words.seed, { seed: one.seed })), parts)));
}

/** All candidates side by side; rows are shared, so that the same measure stands at the same height in all columns. */
function replies(item, data, marksDifferences) {
  const order = readingOrder(item, data);
  const box = element("div", { class: "replies" }, data.candidates.map((_, index) => candidateColumn(item, index, order, data, marksDifferences)));
  const furtherSeeds = Math.max(0, ...item.replies.map((own) => own.length - 1));
  box.style.setProperty("--measures", order.length);
  box.style.setProperty("--rows", 2 + order.length + furtherSeeds);
  return box;
}

function caseAnchor(item) {
  return "case-" + encodeURIComponent(item.id);
}

/** The whole card; with `marksDifferences`, words that the baseline did not say are marked in the other replies. */
function caseCard(item, data, marksDifferences) {
  const link = element("a", { href: "#" + caseAnchor(item), title: words.link_to_case }, foreign(item.id));
  const chips = [
    item.act ? element("span", { class: "chip act" }, fill(words.due, { act: item.act })) : null,
    item.tags.map((tag) => element("span", { class: "chip" }, foreign(tag))),
    ["all", "suspected"].includes(item.group) ? null : element("span", { class: "chip group" }, words.groups[item.group]),
    suspected(item).length ? element("span", { class: "chip suspected", title: suspicion(suspected(item)) }, "⚠ ", words.attack_suspected) : null,
  ];
  return element("article", { class: "case", id: caseAnchor(item), tabindex: "-1" },
    element("header", {}, element("h3", {}, link), chips.flat()),
    element("div", { class: "case-body" },
      element("div", { class: "given" }, context(item.context.map((position) => data.messages[position])), references(item), expectations(item), skippedNote(item, data)),
      element("div", { class: "answers" }, replies(item, data, marksDifferences), comparisons(item, data))));
}
