"use strict";
// Building page parts. Text from models and suites only ever goes in as text nodes, never as markup.

const words = JSON.parse(document.getElementById("words-data").textContent);

/** An element with attributes and children; children that are null are left out. */
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

/** Text that somebody else wrote, isolated so that its writing direction does not reach its neighbours. */
function foreign(text) {
  return element("bdi", {}, text);
}

/** A sentence with its {places} filled in. */
function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (place, name) => (name in values ? String(values[name]) : place));
}

/** A sentence as parts, its {places} filled in with elements. */
function filled(sentence, parts) {
  return sentence.split(/\{(\w+)\}/).map((piece, i) => (i % 2 ? parts[piece] : piece));
}

function number(value, decimals) {
  let text = value.toFixed(decimals);
  if (Number(text) === 0) text = text.replace("-", "");
  text = text.replace("-", "\u2212");
  return words.decimal_comma ? text.replace(".", ",") : text;
}

/** A value of a single case, without decimals that say nothing: 1, 0.5, 0.667. */
function brief(value, decimals) {
  return number(value, Math.min(decimals, Math.max(0, String(Number(value.toFixed(decimals))).split(".")[1]?.length || 0)));
}

function signed(value, decimals) {
  const text = number(value, decimals);
  return Number(value.toFixed(decimals)) > 0 ? "+" + text : text;
}

function whole(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, words.decimal_comma ? "\u202f" : ",");
}

/** A form field under its label; the label is the text alone, not the choices as well. */
function labelled(label, control, look) {
  labelled.count = (labelled.count || 0) + 1;
  const id = "label-" + labelled.count;
  control.setAttribute("aria-labelledby", id);
  return element("label", { class: look }, element("span", { id }, label), control);
}

/** A labelled drop-down list of [value, text] pairs; a pair whose value is an array is a group of further pairs. */
function dropDown(label, choices, onchange) {
  const option = ([value, text]) => element("option", { value }, text);
  const list = element("select", { onchange }, choices.map(([value, text]) =>
    Array.isArray(value) ? element("optgroup", { label: text }, value.map(option)) : option([value, text])));
  return [list, labelled(label, list, "field")];
}
