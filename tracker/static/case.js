// The page of a case: what is typed is kept, a masked passage is shown without leaving the page. All works without this file.
"use strict";

const WAIT = 900; // milliseconds after the last key

for (const form of document.querySelectorAll("form[data-draft]")) {
  const said = form.querySelector("[data-saved]") ?? form.appendChild(document.createElement("p"));
  said.classList.add("hint");
  said.setAttribute("role", "status");
  let waiting, sending, again = false;
  const save = async () => {
    if (sending) { again = true; return; }
    sending = true;
    waiting = 0;
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "error" });
      const at = answer.ok ? await answer.text() : "";
      said.textContent = answer.ok ? (at ? `草稿存于 ${at}` : "") : "草稿没有存上，请先不要离开这一页";
    } catch {
      said.textContent = "草稿没有存上，请先不要离开这一页";
    }
    sending = false;
    if (again) { again = false; later(); }
  };
  const later = () => { clearTimeout(waiting); waiting = setTimeout(save, WAIT); };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", ({ submitter }) => {
    const isPreview = (submitter?.getAttribute("formaction") ?? form.action).endsWith("/preview"); // takes nothing, as an act does
    if (waiting && isPreview) navigator.sendBeacon?.(form.dataset.draft, new URLSearchParams(new FormData(form)));
    clearTimeout(waiting);
    waiting = 0;
  });
  addEventListener("pagehide", () => {
    if (!waiting || form.dataset.sent) return;
    clearTimeout(waiting);
    navigator.sendBeacon?.(form.dataset.draft, new URLSearchParams(new FormData(form)));
  });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[name=reveal]");
  const form = document.querySelector("#uncovering");
  if (!button || !form) return;
  event.preventDefault();
  const sent = new URLSearchParams(new FormData(form));
  sent.set("reveal", button.value);
  try {
    const answer = await fetch(form.action, { method: "POST", body: sent });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(button.value);
    const old = document.getElementById(button.value);
    if (!answer.ok || !fresh || !old) throw new Error("not shown");
    old.replaceWith(document.adoptNode(fresh));
    fresh.focus({ preventScroll: true });
  } catch {
    button.form?.requestSubmit(button);
  }
});
