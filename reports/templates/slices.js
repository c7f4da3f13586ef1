// The table of slices for the measure that the reader picks.

(function showSlices() {
  const data = JSON.parse(document.getElementById("slices-data").textContent);
  const view = document.getElementById("slices-view");
  if (!view || !data) return;
  const marks = { better: "▲", worse: "▼", different: "≠" };
  const place = element("div", { class: "scroll card" });
  const choices = data.measures.map((measure, index) => [index, measure.title]);
  const [measures, field] = dropDown(words.measure, choices, () => draw(Number(measures.value)));

  function cell(figures, decimals) {
    if (!figures) return element("td", { class: "unclear" }, "–");
    const [mean, halfWidth, difference, relation] = figures;
    return element("td", { class: relation || "unclear" },
      element("span", { class: "mean" }, number(mean, decimals)), " ",
      halfWidth === null ? null : element("span", { class: "half-width" }, "±" + number(halfWidth, decimals)),
      difference === null ? null : element("span", { class: "difference" }, signed(difference, decimals) + " " + (marks[relation] || "")));
  }

  function row(slice, index) {
    const facts = [slice.kind ? words[slice.kind] + ", " : "", words.cases_count, ": ", whole(slice.cases)].join("");
    return element("tr", { class: slice.kind ? null : "whole" },
      element("th", { scope: "row" }, foreign(slice.name), element("small", {}, facts)),
      slice.figures[index].map((figures) => cell(figures, data.measures[index].decimals)));
  }

  function draw(index) {
    const heads = data.candidates.map((name) => element("th", { scope: "col" }, foreign(name)));
    place.replaceChildren(element("table", { class: "figures" + (heads.length <= 3 ? " few" : "") },
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, words.slice), heads)),
      element("tbody", {}, data.slices.map((slice) => row(slice, index)))));
  }

  measures.value = String(data.start);
  draw(data.start);
  view.append(element("div", { class: "toolbar" }, field), place);
})();
