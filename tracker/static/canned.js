// Texts kept ready: puts the chosen one where the cursor is. Without this file the button sends the form, which comes back filled in.
"use strict";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-canned] button");
  if (!button) return;
  const area = document.getElementById(button.closest("[data-canned]").dataset.canned);
  const form = button.form;
  const number = location.pathname.match(/^\/desk\/cases\/(\d+)/);
  if (!area || !number) return;
  event.preventDefault();
  const wanted = new URLSearchParams({ text: form.elements[`canned-${button.value}`].value });
  if (form.elements.item) wanted.set("item", form.elements.item.value);
  if (form.elements.ground_ref) wanted.set("clause", form.elements.ground_ref.value);
  const answer = await fetch(`/desk/cases/${number[1]}/canned?${wanted}`).catch(() => null);
  if (!answer?.ok) { // signed out meanwhile, or no network: what happens without a script says so
    button.closest("[data-canned]").removeAttribute("data-canned");
    return button.click();
  }
  area.focus();
  area.setRangeText(await answer.text(), area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
});
