"use strict";
// The raters' page. Whatever a dialogue or a reply holds is put in as text, never as HTML. The page is never told whose
// reply is whose: that stays on the server.

const words = JSON.parse(document.getElementById("words").textContent);
const address = new URL(location.href);
const token = address.searchParams.get("token");
const at = (id) => document.getElementById(id);
const state = { rater: "", knows: null, question: null, saving: false };

const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (place, name) => (name in values ? values[name] : place));

/** Which browser this is, so that two raters of one name are noticed. */
function device() {
  let own = sessionStorage.getItem("device");
  if (!own) {
    own = crypto.getRandomValues(new Uint32Array(4)).join("-");
    sessionStorage.setItem("device", own);
  }
  return own;
}

/** Sends JSON; gives the answer's status (0 where the server cannot be reached) and body. */
async function send(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: "Bearer " + token },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20000),
    });
    return [answer.status, await answer.json()];
  } catch {
    return [0, {}];
  }
}

function show(view) {
  for (const name of ["start", "test", "done"]) at(name).hidden = name !== view;
}

function complain(place, text) {
  at(place).textContent = text || "";
  at(place).hidden = !text;
}

async function enter(resumes) {
  const [status, body] = await send("enter", { rater: state.rater, device: device(), resumes });
  at("taken").hidden = !body.taken;
  at("enter").hidden = body.taken === true;
  complain("start-problem", { 0: words.offline, 400: words.name_wrong, 403: words.refused }[status]);
  if (body.taken) {
    at("taken").querySelector("p").textContent = fill(words.name_taken, { name: state.rater, answered: body.answered });
  } else if (status === 200) proceed(body);
}

function proceed(standing) {
  state.question = standing.question;
  if (!standing.question) {
    at("done-text").textContent = fill(words.done_text, standing);
    show("done");
    at("done").querySelector("h1").focus();
    return;
  }
  at("progress-text").textContent = fill(words.progress, { number: standing.answered + 1, total: standing.total });
  at("progress").max = standing.total;
  at("progress").value = standing.answered;
  at("saved").textContent = standing.answered ? fill(words.saved, standing) : "";
  describe(standing.question.about);
  at("context").replaceChildren(...(standing.question.context.length ? standing.question.context.map(turn) : [nothing()]));
  document.querySelectorAll(".reply .text").forEach((place, side) => { place.textContent = standing.question.replies[side]; });
  at("answer").reset();
  complain("problem", "");
  ready();
  show("test");
  scrollTo(0, 0);
  at("dialogue-title").focus({ preventScroll: true });
}

/** Who the question is about, where raters are told; a description that is open stays open. */
function describe(about) {
  at("about").hidden = !about;
  at("about").querySelector("bdi").textContent = about && about.name ? ": " + about.name : "";
  at("about").querySelector(".text").textContent = about ? about.text : "";
}

function turn({ speaker, text }) {
  const made = document.createElement("div");
  made.className = "turn " + speaker;
  const who = document.createElement("span");
  who.className = "speaker";
  who.textContent = words[speaker];
  const said = document.createElement("bdi");
  said.className = "text";
  said.textContent = text;
  made.append(who, said);
  return made;
}

function nothing() {
  const made = document.createElement("p");
  made.className = "empty";
  made.textContent = words.no_context;
  return made;
}

function ready() {
  at("save").disabled = state.saving || !at("answer").checkValidity();
}

async function save() {
  if (at("save").disabled) return;
  const chosen = new FormData(at("answer"));
  state.saving = true;
  ready();
  complain("problem", "");
  at("saved").textContent = words.saving;
  const [status, body] = await send("answer", {
    rater: state.rater,
    knows_person: state.knows,
    question: state.question.id,
    choice: Number(chosen.get("choice")),
    confidence: Number(chosen.get("confidence")),
  });
  state.saving = false;
  if (status === 200) {
    proceed(body);
    return;
  }
  at("saved").textContent = "";
  complain("problem", { 0: words.offline, 507: words.not_saved }[status] || words.refused);
  ready();
}

function pick(name, value) {
  at("answer").querySelector(`[name=${name}][value="${value}"]`).checked = true;
  ready();
}

/** Keys go by place on the keyboard, so that they are the same in every layout. */
const KEYS = {
  ArrowLeft: () => pick("choice", 0), ArrowRight: () => pick("choice", 1),
  Digit1: () => pick("confidence", 1), Digit2: () => pick("confidence", 2), Digit3: () => pick("confidence", 3),
  Numpad1: () => pick("confidence", 1), Numpad2: () => pick("confidence", 2), Numpad3: () => pick("confidence", 3),
  Enter: save, NumpadEnter: save,
};

document.addEventListener("keydown", (event) => {
  if (at("test").hidden || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (!KEYS[event.code] || event.target.closest("summary")) return;
  event.preventDefault();
  KEYS[event.code]();
});
at("answer").addEventListener("change", ready);
at("answer").addEventListener("submit", (event) => { event.preventDefault(); save(); });
at("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  const given = new FormData(at("enter"));
  state.rater = given.get("rater").trim();
  state.knows = given.get("knows") === "yes";
  enter(false);
});
at("resume").addEventListener("click", () => enter(true));
at("rename").addEventListener("click", () => {
  at("taken").hidden = true;
  at("enter").hidden = false;
  at("name").select();
});
const other = at("language");
address.searchParams.set("language", other.hreflang);
other.href = address.href;
