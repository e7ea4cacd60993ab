// Conveniences only: every page works without this file.
"use strict";

document.querySelector(".error-summary")?.focus();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// <button type="button" data-copy="#reference" data-done="已复制" hidden>
for (const button of document.querySelectorAll("[data-copy]")) {
  const label = button.textContent;
  const said = document.createElement("span");
  said.className = "visually-hidden";
  said.setAttribute("role", "status");
  button.after(said);
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.querySelector(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
    } catch {
      getSelection().selectAllChildren(source); // no clipboard without HTTPS: leave it selected
      if (!document.execCommand("copy")) return;
    }
    button.textContent = said.textContent = button.dataset.done;
    setTimeout(() => {
      button.textContent = label;
      said.textContent = "";
    }, 3000);
  });
}

// The limit is counted, not enforced: a long paste is never cut.
for (const area of document.querySelectorAll("textarea[data-maxlength]")) {
  const most = Number(area.dataset.maxlength);
  const shown = document.createElement("p");
  const said = document.createElement("span");
  let waiting;
  shown.className = "count";
  shown.setAttribute("aria-hidden", "true");
  said.className = "visually-hidden";
  said.setAttribute("aria-live", "polite");
  area.after(shown, said);
  const count = () => {
    const left = most - [...area.value].length;
    const text = left < 0 ? area.dataset.over : area.dataset.left;
    shown.textContent = text.replace("{n}", Math.abs(left));
    shown.classList.toggle("count-over", left < 0);
  };
  const say = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { said.textContent = shown.textContent; }, 1000);
  };
  count();
  area.addEventListener("input", () => { count(); say(); });
}

// A second press sends nothing twice. The button is not disabled: that would drop its value.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-disabled", "true");
  setTimeout(() => settle(form), 10000);
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(settle));

function settle(form) {
  delete form.dataset.sent;
  form.querySelectorAll("[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
}
