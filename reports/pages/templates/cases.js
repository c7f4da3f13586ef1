// The list of cases: searching, filtering, sorting, paging, and going to the case or the failure group that the address names.

(async function showCases() {
  const PAGE = 10;
  const view = document.getElementById("cases-view");
  const source = await openCases();
  const data = source.data;
  const list = element("div", { class: "case-list" });
  const status = element("p", { class: "hint", role: "status" });
  let found = 0;
  let start = 0;
  let asked = 0; // which question is the last one: answers to earlier ones come too late

  const search = element("input", { type: "search", oninput: () => searchSoon(), spellcheck: "false", autocomplete: "off" });
  const searchField = labelled(words.search, search, "field wide");
  const [part, partField] = dropDown(words.part, partChoices(), () => refresh());
  const [condition, conditionField] = dropDown(words.condition, conditionChoices(), () => refresh());
  const [candidate, candidateField] = dropDown(words.candidate, [["", words.any_candidate], ...data.candidates.map((name, i) => [i, name])], () => refresh());
  const [measure, measureField] = dropDown(words.measure, [["", words.overall], ...data.measures.map((m, i) => [i, m.title])], () => refresh());
  const [order, orderField] = dropDown(words.order, orderChoices(), () => refresh());
  const differences = element("input", { type: "checkbox", checked: true, onchange: () => draw(start) });
  const differencesField = element("label", { class: "tick-box" }, differences, words.mark_differences);

  function partChoices() {
    const group = (title, pairs) => (pairs.length ? [[pairs, title]] : []);
    return [["", words.all_cases],
      ...group(words.failures, data.failures.map((one, i) => ["failure " + i, one.name])),
      ...group(words.acts_due, data.acts.map((act) => ["act " + act, act])),
      ...(data.languages.length > 1 ? group(words.languages, data.languages.map((tag) => ["language " + tag, tag])) : []),
      ...group(words.tags, data.tags.map((tag) => ["tag " + tag, tag]))];
  }

  function conditionChoices() {
    const versus = data.candidates.length > 1 ? [["worse", words.worse_than_baseline], ["better", words.better_than_baseline]] : [];
    const acts = data.measures.some((m) => m.kind === "act") ? [["act", words.act_wrong]] : [];
    return [["", words.any_condition], ...versus, ...acts, ...(data.has_unparsed ? [["unparsed", words.unparsed]] : []),
      ["unmeasured", words.unmeasured], ...(data.has_suspected ? [["suspected", words.attack_suspected]] : [])];
  }

  function orderChoices() {
    const versus = data.candidates.length > 1 ? [["regressed", words.order_regressed], ["improved", words.order_improved]] : [];
    return [["", words.order_suite], ["lowest", words.order_lowest], ...versus];
  }

  function query() {
    const position = part.value.indexOf(" ");
    return {
      search: search.value,
      kind: position < 0 ? "" : part.value.slice(0, position),
      name: position < 0 ? "" : part.value.slice(position + 1),
      condition: condition.value,
      candidate: candidate.value === "" ? null : Number(candidate.value),
      measure: measure.value === "" ? null : Number(measure.value),
      order: order.value,
    };
  }

  let waiting = 0;

  /** What is typed is searched at once in the page, and from a server when the typing pauses. */
  function searchSoon() {
    clearTimeout(waiting);
    list.setAttribute("aria-busy", "true");
    if (data.served) waiting = setTimeout(refresh, 200);
    else refresh();
  }

  async function refresh() {
    const own = ++asked;
    list.setAttribute("aria-busy", "true");
    const count = await source.find(query());
    if (own !== asked) return;
    found = count;
    await draw(0);
  }

  async function draw(from) {
    const own = ++asked;
    start = Math.max(0, Math.min(from, Math.floor((found - 1) / PAGE) * PAGE));
    const shown = found ? await source.page(start, PAGE) : { cases: [], data };
    if (own !== asked) return;
    const last = start + shown.cases.length;
    status.textContent = found ? fill(words.showing, { first: whole(start + 1), last: whole(last), found: whole(found), all: whole(source.total) }) : words.none_found;
    list.replaceChildren(...shown.cases.map((item) => caseCard(item, shown.data, differences.checked)));
    list.setAttribute("aria-busy", "false");
    for (const button of document.querySelectorAll("#cases-view .pager button")) {
      const target = start + Number(button.dataset.step) * PAGE;
      button.disabled = target < 0 || target >= found;
    }
  }

  function pager() {
    const step = (by) => () => { draw(start + by * PAGE); view.scrollIntoView(); };
    return element("div", { class: "pager" },
      element("button", { type: "button", "data-step": -1, onclick: step(-1) }, words.previous),
      element("button", { type: "button", "data-step": 1, onclick: step(1) }, words.next));
  }

  async function showEverything() {
    for (const field of [search, part, condition, candidate, measure, order]) field.value = "";
    await refresh();
  }

  async function goToCase(anchor) {
    let position = await source.position(anchor);
    if (position < 0) {
      await showEverything();
      position = await source.position(anchor);
    }
    if (position < 0) return;
    await draw(Math.floor(position / PAGE) * PAGE);
    const card = document.getElementById(anchor);
    card.scrollIntoView();
    card.focus({ preventScroll: true });
  }

  async function goToFailures(number) {
    if (!data.failures[number]) return;
    await showEverything();
    part.value = "failure " + number;
    await refresh();
    view.scrollIntoView();
    part.focus({ preventScroll: true });
  }

  async function goToAddress() {
    if (location.hash.startsWith("#case-")) await goToCase(anchorOf(location.hash.slice("#case-".length)));
    if (location.hash.startsWith("#cases-of-failure-")) await goToFailures(Number(location.hash.slice("#cases-of-failure-".length)));
  }

  view.append(element("div", { class: "toolbar" }, searchField, partField, conditionField, data.candidates.length > 1 ? candidateField : null, measureField, orderField,
    data.candidates.length > 1 ? differencesField : null), status, list, pager());
  if (data.served) {
    offerNames(data);
    document.getElementById("cases-hint").textContent = data.whole_hint;
  }
  await refresh();
  window.addEventListener("hashchange", goToAddress);
  await goToAddress();
})();
