// Where the cases come from: out of this page, where they are packed, or page by page from `rejoinder view`.
// Both answer `find(query)` with how many cases are found and `page(from, count)` with some of them.

/** The JSON that the page holds deflated and in base64, so that many cases fit. */
async function unpacked(id) {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

/** The anchor of a case id, whether the address spells it encoded or as people type it. */
function anchorOf(id) {
  try {
    return caseAnchor({ id: decodeURIComponent(id) });
  } catch {
    return caseAnchor({ id });
  }
}

/** Mean value of one measure over the seeds of a reply; null where none was measured. */
function meanValue(item, c, m, data) {
  const values = item.replies[c].map((one) => measurement(one.scores[m], data)[1]).filter((v) => v !== null);
  return values.length ? values.reduce((a, b) => a + b, 0) / values.length : null;
}

/** All that is searched of a case, in lower case; made once. */
function searchable(item, data) {
  if (item.searchable === undefined) {
    const plain = (text) => (text && typeof text === "object" ? text.text : text || "");
    const said = item.context.map((i) => data.messages[i]).filter((message) => message[0] !== "system").map((message) => plain(message[2]));
    const texts = [item.id, ...item.tags, ...said, ...item.references.map(plain), ...item.replies.flat().map((one) => plain(one.text))];
    item.searchable = texts.join("\n").toLowerCase();
  }
  return item.searchable;
}

function localCases(data) {
  let found = data.cases;

  /** How much better than the baseline a candidate does on a case, overall or by one measure; 0 where unknown. */
  function change(item, c, m) {
    if (m === null) return item.change[c] || 0;
    const own = meanValue(item, c, m, data), other = meanValue(item, data.baseline, m, data);
    return own === null || other === null ? 0 : (own - other) * (data.measures[m].direction || 1);
  }

  function holds(item, query) {
    const chosen = query.candidate === null ? data.candidates.map((_, c) => c) : [query.candidate];
    const measures = query.measure === null ? data.measures.map((_, m) => m) : [query.measure];
    const replies = () => chosen.flatMap((c) => item.replies[c]);
    const statuses = (one) => measures.map((m) => measurement(one.scores[m], data)[0]);
    switch (query.condition) {
      case "worse": return chosen.some((c) => change(item, c, query.measure) < -1e-9);
      case "better": return chosen.some((c) => change(item, c, query.measure) > 1e-9);
      case "suspected": return replies().some((one) => one.suspected.length);
      case "act": return chosen.some((c) => data.measures.some((one, m) => one.kind === "act" && (meanValue(item, c, m, data) ?? 1) < 1));
      case "unparsed": return replies().some((one) => statuses(one).includes("unparsed"));
      case "unmeasured": return chosen.some((c) => !item.replies[c].length) || replies().some((one) => statuses(one).some((status) => !["ok", "skipped"].includes(status)));
      default: return true;
    }
  }

  function inPart(item, { kind, name, candidate }) {
    if (kind === "act") return item.act === name;
    if (kind === "tag") return item.tags.includes(name);
    if (kind === "language") return item.language === name;
    if (kind === "failure") return item.replies.some((own, c) => (candidate === null || c === candidate) && own.some((one) => one.failure === Number(name)));
    return true;
  }

  function sorted(items, query) {
    const chosen = query.candidate === null ? data.candidates.map((_, c) => c) : [query.candidate];
    const score = (item, c) => {
      if (query.measure === null) return item.standing[c];
      const value = meanValue(item, c, query.measure, data);
      return value === null ? null : value * (data.measures[query.measure].direction || 1);
    };
    const lowest = (item) => Math.min(...chosen.map((c) => score(item, c) ?? Infinity));
    const regressed = (item) => Math.min(...chosen.map((c) => change(item, c, query.measure)));
    const improved = (item) => -Math.max(...chosen.map((c) => change(item, c, query.measure)));
    const key = { lowest, regressed, improved }[query.order];
    return key ? items.map((item) => [key(item), item]).sort((a, b) => a[0] - b[0]).map(([, item]) => item) : items;
  }

  return {
    data,
    total: data.cases.length,
    async find(query) {
      const needles = query.search.toLowerCase().split(/\s+/).filter(Boolean);
      found = sorted(data.cases.filter((item) => inPart(item, query) && holds(item, query) && needles.every((needle) => searchable(item, data).includes(needle))), query);
      return found.length;
    },
    async page(from, count) {
      return { cases: found.slice(from, from + count), data };
    },
    async position(anchor) {
      return found.findIndex((item) => caseAnchor(item) === anchor);
    },
  };
}

function servedCases(data) {
  let asked = {};
  const ask = async (path, values) => {
    const answer = await fetch(path + "?" + new URLSearchParams({ ...values, token: data.served.token }), { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error(path + ": " + answer.status);
    return answer.json();
  };
  return {
    data,
    total: data.served.cases,
    async find(query) {
      asked = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== null && value !== ""));
      return (await ask("found", asked)).found;
    },
    async page(from, count) {
      const part = await ask("cases", { ...asked, from, count });
      return { cases: part.cases, data: { ...data, messages: part.messages, reasons: part.reasons } };
    },
    async position(anchor) {
      return (await ask("position", { ...asked, id: decodeURIComponent(anchor.slice("case-".length)) })).position;
    },
  };
}

async function openCases() {
  const data = await unpacked("cases-data");
  return data.served ? servedCases(data) : localCases(data);
}
