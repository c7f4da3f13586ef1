// A reviewer's names of failure groups and marks of replies: shown in every report, changed through `rejoinder view`.

function tell(path, token, what) {
  return fetch(path + "?" + new URLSearchParams({ token }), { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(what) })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(path + ": " + answer.status))));
}

function markShown(mark) {
  if (!mark) return null;
  const [label, note] = mark;
  return element("p", { class: "aside marked " + label }, label === "pass" ? "✓ " : "✗ ", words.marked[label], note ? [": ", foreign(note)] : null);
}

/** What a reviewer said of a reply and, where it can be kept, the means to say it. */
function reviewOf(one, item, candidate, data) {
  const box = element("div", { class: "review" });
  if (!data.served) return one.mark ? markShown(one.mark) : null;

  function say(label) {
    const note = box.querySelector("input").value;
    tell("mark", data.served.token, { case: item.raw_id, candidate, seed: one.seed, label, note })
      .then(({ mark }) => { one.mark = mark; draw(); })
      .catch(() => box.append(element("p", { class: "not-ok", role: "alert" }, words.not_kept)));
  }

  function button(label, text) {
    const pressed = Boolean(one.mark) && one.mark[0] === label;
    return element("button", { type: "button", class: "mark-button", "aria-pressed": String(pressed), onclick: () => say(pressed ? null : label) }, text);
  }

  function draw() {
    const note = element("input", { type: "text", "aria-label": words.note, placeholder: words.note, maxlength: "2000" });
    note.value = one.mark ? one.mark[1] : "";
    note.addEventListener("change", () => { if (one.mark) say(one.mark[0]); });
    box.replaceChildren(element("div", { class: "marking", role: "group", "aria-label": words.review }, button("pass", "✓ " + words.marked.pass), button("fail", "✗ " + words.marked.fail), note));
  }

  draw();
  return box;
}

/** Lets the reviewer rename the failure groups of a page that is served. */
function offerNames(data) {
  data.failures.forEach((failure, number) => {
    const title = document.getElementById("failure-name-" + number);
    if (!title) return;
    title.replaceChildren(foreign(failure.name));
    const change = element("button", { type: "button", class: "link", onclick: () => { form.hidden = false; change.hidden = true; name.focus(); } }, words.rename);
    const name = element("input", { type: "text", maxlength: "200", "aria-label": words.rename });
    const form = element("form", { class: "renaming", hidden: true, onsubmit: keep }, name, element("button", { type: "submit" }, words.keep));
    name.value = failure.name;

    function keep(event) {
      event.preventDefault();
      tell("name", data.served.token, { failure: number, name: name.value }).then((answer) => {
        failure.name = name.value = answer.name;
        title.replaceChildren(foreign(answer.name));
        form.hidden = true;
        change.hidden = false;
        change.focus();
      }).catch(() => form.append(element("p", { class: "not-ok", role: "alert" }, words.not_kept)));
    }

    title.after(change, form);
  });
}
