// Keys and the command palette: each action presses what stands on the page under `data-action`. Every page works without this file.
"use strict";

const palette = document.querySelector("#palette");
const help = document.querySelector("#keys-help");
const options = [...palette.querySelectorAll("[data-name]")];
const keys = new Map(options.filter((option) => option.dataset.key).map((option) => [option.dataset.key, option.dataset.name]));
const labels = new Map(options.map((option) => [option.dataset.name, option.firstElementChild.textContent]));
const BETWEEN = 3000; // milliseconds between two keys that belong together: time enough for a slow hand
const TYPING = "input:not([type=radio]):not([type=checkbox]):not([type=submit]):not([type=button]), textarea, select, [contenteditable]";

const say = (text) => {
  const said = document.querySelector("#said");
  said.textContent = "";
  setTimeout(() => { said.textContent = text; }, 100); // what is there when a page opens, or is said again, is read to nobody
};

// What stands for an action: what can be pressed or reached, folded away or not.
const isFolded = (element) => element.closest("details:not([open])") && !element.matches("summary");
const isThere = (element) => !element.disabled && !element.closest("[hidden]") && (element.checkVisibility() || isFolded(element));
const targets = (name) => [...document.querySelectorAll(`[data-action~="${name}"]`)].filter(isThere);

// Rows: lines of the queue, claims of a case. The current one has the focus, or had it last.
let row = null;
const rows = () => [...document.querySelectorAll("[data-row]")].filter((each) => each.checkVisibility());
const current = () => document.activeElement?.closest("[data-row]") ?? (row?.isConnected ? row : null);
document.addEventListener("focusin", (event) => mark(event.target.closest("[data-row]") ?? row));

function mark(next) {
  if (next === row) return;
  row?.classList.remove("is-current");
  next?.classList.add("is-current");
  row = next;
}

function move(step) {
  const all = rows();
  const at = all.indexOf(current());
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step];
  if (!next) return;
  next.scrollIntoView({ block: "nearest" });
  (next.querySelector("[data-action~=open]") ?? next.querySelector("input:checked, a[href], input, textarea"))?.focus();
  mark(next);
}

// Of several alike, that of the current row; else of the first row in which nothing is chosen yet.
function chosen(name) {
  const all = targets(name);
  const here = current();
  const isBlank = (element) => !element.closest("[data-row]")?.querySelector("input[type=radio]:checked");
  return all.find((each) => here?.contains(each)) ?? all.find(isBlank) ?? all[0];
}

function perform(name) {
  if (name === "palette") return openPalette();
  if (name === "help") return help.showModal();
  if (name === "row-next") return move(1);
  if (name === "row-previous") return move(-1);
  const target = chosen(name);
  if (!target) return say(`${labels.get(name)}：这一页现在没有`);
  for (let fold = target; (fold = fold.parentElement?.closest("details")); ) fold.open = true;
  if (target.matches("summary")) return unfold(target);
  if (target.matches("a, button")) return target.click();
  if (target.matches("[type=checkbox], [type=radio]")) target.click();
  if (!target.matches("[type=checkbox]")) target.focus();
  const picked = document.querySelector("[data-picked]");
  if (target.matches("[type=checkbox]") && picked) say(picked.textContent);
}

function unfold(summary) {
  const fold = summary.parentElement;
  fold.open = true;
  (fold.querySelector("textarea, select, input:not([type=hidden])") ?? summary).focus();
}

// Keys. One character never fires in a field; with Ctrl or ⌘ it is no character.
let typed = "", last = 0;

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.altKey || document.querySelector("dialog[open]")) return;
  const isTyping = event.target.matches?.(TYPING) && event.target.checkVisibility(); // one just closed has the focus until the page is drawn
  if (event.ctrlKey || event.metaKey) return chord(event);
  if (event.key === "Escape" && isTyping) return event.target.blur();
  if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.matches?.("[data-row] [data-action~=open]")) {
    event.preventDefault();
    return move(event.key === "ArrowDown" ? 1 : -1);
  }
  if (isTyping || event.key.length !== 1) return;
  const key = event.getModifierState("CapsLock") ? swapped(event.key) : event.key;
  if (event.timeStamp - last > BETWEEN) typed = ""; // when it was pressed, not when a busy page came to it
  last = event.timeStamp;
  typed = keys.has(typed + key) || begins(typed + key) ? typed + key : key;
  const name = keys.get(typed);
  if (name || begins(typed)) event.preventDefault();
  if (!name) return;
  typed = "";
  if (!event.repeat || name.startsWith("row-")) perform(name);
});

const begins = (text) => [...keys.keys()].some((key) => key.length > text.length && key.startsWith(text));
const swapped = (key) => (key === key.toLowerCase() ? key.toUpperCase() : key.toLowerCase());

function chord(event) {
  if (event.shiftKey || event.repeat) return;
  if (event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
  } else if (event.key === "Enter") {
    const button = event.target.form?.querySelector("[data-action~=send]");
    if (button) event.preventDefault();
    button?.click();
  }
}

// The palette: a field with a list under it (the combobox pattern). Enter does what is chosen, or searches for what was typed.
const field = palette.querySelector("input");
const none = palette.querySelector("[data-none]");

function openPalette() {
  for (const option of options) option.dataset.off = targets(option.dataset.name).length ? "" : "1";
  field.value = "";
  palette.showModal();
  filter();
}

const shown = () => options.filter((option) => !option.hidden);

function filter() {
  const words = field.value.trim().toLowerCase().split(/\s+/);
  for (const option of options) {
    const text = `${option.textContent} ${option.dataset.name}`.toLowerCase();
    option.hidden = Boolean(option.dataset.off) || !words.every((word) => text.includes(word));
  }
  none.hidden = shown().length > 0;
  choose(shown()[0]);
}

function choose(option) {
  for (const each of options) each.setAttribute("aria-selected", String(each === option));
  if (option) field.setAttribute("aria-activedescendant", option.id);
  else field.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

function run(option) {
  palette.close(); // the focus goes back to where it was
  perform(option.dataset.name);
}

field.addEventListener("input", filter);
field.addEventListener("keydown", (event) => {
  if (!palette.open) return;
  const all = shown();
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (event.isComposing || !all.length || (event.key !== "Enter" && next === undefined)) return;
  event.preventDefault();
  if (event.key === "Enter") run(all[at]);
  else choose(all[(next + all.length) % all.length]);
});
palette.querySelector("[role=listbox]").addEventListener("click", (event) => {
  const option = event.target.closest("[data-name]");
  if (option) run(option);
});
for (const dialog of [palette, help]) {
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); }); // beside it
}

for (const button of document.querySelectorAll("[data-action=palette]")) {
  button.hidden = false;
  button.addEventListener("click", openPalette);
}
for (const [key, name] of keys) {
  const said = /[A-Z]/.test(key) ? `Shift+${key}` : key;
  if (key.length === 1) for (const element of targets(name)) element.setAttribute("aria-keyshortcuts", said);
}

// What became of the act that led here is said once the page is read.
const outcome = [...document.querySelectorAll(".banner[role=status], .undo [role=status], [data-announce]")].map((part) => part.textContent.trim());
if (outcome.length) say(outcome.join(" ").replace(/\s+/g, " "));
