// The list of cases: searching, filtering, sorting, paging, and going to the case that the address names.

(function showCases() {
  const PAGE = 10;
  const data = JSON.parse(document.getElementById("cases-data").textContent);
  const view = document.getElementById("cases-view");
  const list = element("div", { class: "case-list" });
  const status = element("p", { class: "hint", role: "status" });
  let found = data.cases;
  let start = 0;

  const search = element("input", { type: "search", oninput: () => refresh(), spellcheck: "false", autocomplete: "off" });
  const searchField = labelled(words.search, search, "field wide");
  const [part, partField] = dropDown(words.part, partChoices(), () => refresh());
  const [condition, conditionField] = dropDown(words.condition, conditionChoices(), () => refresh());
  const [candidate, candidateField] = dropDown(words.candidate, [["", words.any_candidate], ...data.candidates.map((name, i) => [i, name])], () => refresh());
  const [measure, measureField] = dropDown(words.measure, [["", words.overall], ...data.measures.map((m, i) => [i, m.title])], () => refresh());
  const [order, orderField] = dropDown(words.order, [["", words.order_suite], ["lowest", words.order_lowest], ...(data.candidates.length > 1 ? [["regressed", words.order_regressed]] : [])], () => refresh());

  function partChoices() {
    const acts = [...new Set(data.cases.map((item) => item.act).filter(Boolean))].sort();
    const tags = [...new Set(data.cases.flatMap((item) => item.tags))].sort();
    return [["", words.all_cases],
      ...(acts.length ? [[acts.map((act) => ["act " + act, act]), words.acts_due]] : []),
      ...(tags.length ? [[tags.map((tag) => ["tag " + tag, tag]), words.tags]] : [])];
  }

  function conditionChoices() {
    const versus = data.candidates.length > 1 ? [["worse", words.worse_than_baseline], ["better", words.better_than_baseline]] : [];
    const acts = data.measures.some((m) => m.kind === "act") ? [["act", words.act_wrong]] : [];
    const attacks = data.cases.some((item) => suspected(item).length) ? [["suspected", words.attack_suspected]] : [];
    return [["", words.any_condition], ...versus, ...acts, ["unmeasured", words.unmeasured], ...attacks];
  }

  /** Mean value of one measure over the seeds of a reply; null where none was measured. */
  function value(item, c, m) {
    const values = item.replies[c].map((one) => measurement(one.scores[m], data)[1]).filter((v) => v !== null);
    return values.length ? values.reduce((a, b) => a + b, 0) / values.length : null;
  }

  /** How much better than the baseline a candidate does on a case, overall or by one measure; 0 where unknown. */
  function change(item, c) {
    if (measure.value === "") return item.change[c] || 0;
    const m = Number(measure.value);
    const own = value(item, c, m);
    const other = value(item, data.baseline, m);
    return own === null || other === null ? 0 : (own - other) * (data.measures[m].direction || 1);
  }

  function chosen() {
    const all = data.candidates.map((_, c) => c);
    return candidate.value === "" ? all : [Number(candidate.value)];
  }

  function chosenMeasures() {
    return measure.value === "" ? data.measures.map((_, m) => m) : [Number(measure.value)];
  }

  const conditions = {
    "": () => true,
    worse: (item) => chosen().some((c) => change(item, c) < -1e-9),
    better: (item) => chosen().some((c) => change(item, c) > 1e-9),
    suspected: (item) => chosen().some((c) => item.replies[c].some((one) => one.suspected.length)),
    act: (item) => chosen().some((c) => data.measures.some((m, i) => m.kind === "act" && (value(item, c, i) ?? 1) < 1)),
    unmeasured: (item) => chosen().some((c) => !item.replies[c].length || item.replies[c].some((one) =>
      chosenMeasures().some((m) => !["ok", "skipped"].includes(measurement(one.scores[m], data)[0])))),
  };

  /** All that is searched of a case, in lower case; made once. */
  function searchable(item) {
    if (item.searchable === undefined) {
      const plain = (text) => (text && typeof text === "object" ? text.text : text || "");
      const texts = [item.id, ...item.tags, ...item.context.map((i) => data.messages[i]).filter((m) => m[0] !== "system").map((m) => plain(m[2])),
        ...item.references.map(plain), ...item.replies.flat().map((one) => plain(one.text))];
      item.searchable = texts.join("\n").toLowerCase();
    }
    return item.searchable;
  }

  function inPart(item) {
    const name = part.value.slice(4);
    return part.value === "" || (part.value.startsWith("act ") ? item.act === name : item.tags.includes(name));
  }

  function sorted(items) {
    const lowest = (item) => {
      const standings = measure.value === "" ? chosen().map((c) => item.standing[c])
        : chosen().map((c) => value(item, c, Number(measure.value))).map((v) => (v === null ? null : v * (data.measures[Number(measure.value)].direction || 1)));
      return Math.min(...standings.map((v) => (v === null ? Infinity : v)));
    };
    const regressed = (item) => Math.min(...chosen().map((c) => change(item, c)));
    const key = { lowest, regressed }[order.value];
    return key ? items.map((item) => [key(item), item]).sort((a, b) => a[0] - b[0]).map(([, item]) => item) : items;
  }

  function refresh() {
    const needles = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    found = sorted(data.cases.filter((item) => inPart(item) && conditions[condition.value](item) && needles.every((needle) => searchable(item).includes(needle))));
    draw(0);
  }

  function draw(from) {
    start = Math.max(0, Math.min(from, Math.floor((found.length - 1) / PAGE) * PAGE));
    const shown = found.slice(start, start + PAGE);
    status.textContent = found.length ? fill(words.showing, { first: whole(start + 1), last: whole(start + shown.length), found: whole(found.length), all: whole(data.cases.length) }) : words.none_found;
    list.replaceChildren(...shown.map((item) => caseCard(item, data)));
    for (const button of document.querySelectorAll("#cases-view .pager button")) {
      const target = start + Number(button.dataset.step) * PAGE;
      button.disabled = target < 0 || target >= found.length;
    }
  }

  function pager() {
    const step = (by) => () => { draw(start + by * PAGE); view.scrollIntoView(); };
    return element("div", { class: "pager" },
      element("button", { type: "button", "data-step": -1, onclick: step(-1) }, words.previous),
      element("button", { type: "button", "data-step": 1, onclick: step(1) }, words.next));
  }

  /** The anchor of a case id, whether the address spells it encoded or as people type it. */
  function normalised(id) {
    try {
      return caseAnchor({ id: decodeURIComponent(id) });
    } catch {
      return caseAnchor({ id });
    }
  }

  function goToAddress() {
    if (!location.hash.startsWith("#case-")) return;
    const anchor = normalised(location.hash.slice("#case-".length));
    let position = found.findIndex((item) => caseAnchor(item) === anchor);
    if (position < 0) {
      for (const field of [search, part, condition, candidate, measure, order]) field.value = "";
      refresh();
      position = found.findIndex((item) => caseAnchor(item) === anchor);
    }
    if (position < 0) return;
    draw(Math.floor(position / PAGE) * PAGE);
    const card = document.getElementById(anchor);
    card.scrollIntoView();
    card.focus({ preventScroll: true });
  }

  view.append(element("div", { class: "toolbar" }, searchField, partField, conditionField, data.candidates.length > 1 ? candidateField : null, measureField, orderField), status, list, pager());
  refresh();
  window.addEventListener("hashchange", goToAddress);
  goToAddress();
})();
