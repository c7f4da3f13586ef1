// The slices for the measure that the reader picks: means and intervals as a chart, and as a table.

(function showSlices() {
  const data = JSON.parse(document.getElementById("slices-data").textContent);
  const view = document.getElementById("slices-view");
  if (!view || !data) return;
  const marks = { better: "▲", worse: "▼", different: "≠" };
  const place = element("div", { class: "scroll card" });
  const chart = element("figure", { class: "slices-chart" });
  const svgSpace = "http://www.w3.org/2000/svg";
  const lineHeight = 9, gap = 12, topSpace = 8, axisSpace = 22;
  const phone = matchMedia("(max-width: 640px)"); // there the picture is drawn narrow, since scaling it down makes it illegible
  const choices = data.measures.map((measure, index) => [index, measure.title]);
  const [measures, field] = dropDown(words.measure, choices, () => draw(Number(measures.value)));

  function cell(figures, decimals) {
    if (!figures) return element("td", { class: "unclear" }, "–");
    const [mean, interval, difference, relation] = figures;
    return element("td", { class: relation || "unclear" },
      element("span", { class: "mean" }, number(mean, decimals)), " ",
      interval === null ? null : element("span", { class: "half-width" }, "±" + number((interval[1] - interval[0]) / 2, decimals)),
      difference === null ? null : element("span", { class: "difference" }, signed(difference, decimals) + " " + (marks[relation] || "")));
  }

  function row(slice, index) {
    const facts = [slice.kind ? words[slice.kind] + ", " : "", words.cases_count, ": ", whole(slice.cases)].join("");
    return element("tr", { class: slice.kind ? (slice.few === null ? null : "few-dialogues") : "whole" },
      element("th", { scope: "row" }, foreign(slice.name), element("small", {}, facts),
        slice.few === null ? null : element("small", { class: "thin" }, fill(words.few_dialogues, { count: slice.few }))),
      slice.figures[index].map((figures) => cell(figures, data.measures[index].decimals)));
  }

  function shape(tag, attributes, text) {
    const made = document.createElementNS(svgSpace, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  /** A line with a dot for each slice and candidate, over one axis. The table below says the same in numbers. */
  function picture(index) {
    const decimals = data.measures[index].decimals;
    const ends = data.slices.flatMap((slice) => slice.figures[index].flatMap((f) => f ? [f[0], ...(f[1] || [])] : []));
    if (!ends.length) return null;
    const [labelWidth, plotWidth, longestName] = phone.matches ? [165, 140, 23] : [230, 420, 36];
    const low = Math.min(...ends), high = Math.max(...ends), width = high - low || 1;
    const at = (value) => labelWidth + plotWidth * (value - low) / width;
    const rowHeight = data.candidates.length * lineHeight + gap;
    const height = topSpace + data.slices.length * rowHeight + axisSpace;
    const svg = shape("svg", { viewBox: `0 0 ${labelWidth + plotWidth + 30} ${height}`, role: "img",
      "aria-label": fill(words.slices_chart, { measure: data.measures[index].title }) });
    for (const share of phone.matches ? [0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1]) {
      const x = at(low + share * width);
      svg.append(shape("line", { class: "grid", x1: x, x2: x, y1: topSpace, y2: height - axisSpace }),
        shape("text", { class: "tick", x, y: height - 6, "text-anchor": "middle" }, number(low + share * width, decimals)));
    }
    data.slices.forEach((slice, row) => {
      const top = topSpace + row * rowHeight;
      const counted = slice.kind === "depth" || slice.kind === "length" ? " " + words[slice.kind] : "";
      const whole = slice.name + counted, name = whole.length > longestName ? whole.slice(0, longestName - 1) + "…" : whole;
      svg.append(shape("text", { x: labelWidth - 12, y: top + rowHeight / 2, "text-anchor": "end", "dominant-baseline": "middle",
        class: slice.few === null ? "name" : "name few-dialogues" }, name + (slice.few === null ? "" : " *")));
      slice.figures[index].forEach((figures, candidate) => {
        if (!figures) return;
        const y = top + gap / 2 + (candidate + 0.5) * lineHeight, look = "series-" + candidate % 4;
        const [mean, interval] = figures;
        if (interval) svg.append(shape("line", { class: look, x1: at(interval[0]), x2: at(interval[1]), y1: y, y2: y }));
        svg.append(shape("circle", { class: look, cx: at(mean), cy: y, r: 3.2 }));
      });
    });
    return svg;
  }

  function key() {
    const names = data.candidates.map((name, candidate) => element("span", { class: "series-" + candidate % 4 }, foreign(name)));
    const small = data.slices.some((slice) => slice.few !== null);
    return element("figcaption", {}, names, small ? element("span", {}, "* " + fill(words.few_dialogues, { count: "< 20" })) : null);
  }

  function draw(index) {
    const drawn = picture(index);
    chart.replaceChildren(...(drawn ? [key(), drawn] : []));
    const heads = data.candidates.map((name) => element("th", { scope: "col" }, foreign(name)));
    place.replaceChildren(element("table", { class: "figures" + (heads.length <= 3 ? " few" : "") },
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, words.slice), heads)),
      element("tbody", {}, data.slices.map((slice) => row(slice, index)))));
  }

  phone.addEventListener("change", () => draw(Number(measures.value)));
  measures.value = String(data.start);
  draw(data.start);
  view.append(element("div", { class: "toolbar" }, field), chart, place);
})();
