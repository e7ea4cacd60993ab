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

// <div data-when="country" data-is="GB US" hidden>: a question that hangs on the answer to another one.
// While it is hidden, its marker tells the server that nobody has seen it. What was typed in it stays.
for (const part of document.querySelectorAll("[data-when]")) {
  const form = part.closest("form");
  const wanted = part.dataset.is.split(" ");
  const show = () => {
    const answer = new FormData(form).get(part.dataset.when) ?? "";
    part.hidden = !wanted.includes(answer.trim()) && !wanted.includes(answer.trim().toUpperCase());
    part.querySelector("[name=unseen]").disabled = !part.hidden;
  };
  show();
  form.addEventListener("input", show);
  form.addEventListener("change", show);
}

// A passage selected in an article can be reported: the link carries it to the form, with a little of what stands around it.
const prose = document.querySelector("#article .prose");
if (prose) {
  const words = { en: "Report this passage", "zh-Hant": "檢舉這段文字" };
  const bar = document.createElement("p");
  const link = document.createElement("a");
  const page = document.querySelector(".report-link").href;
  const most = { exact: 2000, around: 64, address: 14000 };
  let waiting;
  bar.className = "report-passage";
  bar.hidden = true;
  link.className = "button";
  link.rel = "nofollow";
  link.textContent = words[document.documentElement.lang] ?? "举报这段文字";
  bar.append(link);
  document.querySelector("#article").append(bar);
  // As the server knows the text: a picture is its description, the mark of a footnote is nothing.
  const wordsOf = (range) => {
    const part = range.cloneContents();
    part.querySelectorAll(".fn-mark, .fn-back").forEach((mark) => mark.remove());
    const pictures = part.querySelectorAll("img");
    pictures.forEach((picture) => picture.replaceWith(picture.alt));
    return { text: part.textContent, pictures: pictures.length };
  };
  const around = (from, to, end) => {
    const range = document.createRange();
    range.selectNodeContents(prose);
    if (end) range.setStart(from, to); else range.setEnd(from, to);
    const text = [...wordsOf(range).text];
    return (end ? text.slice(0, most.around) : text.slice(-most.around)).join("");
  };
  const selected = (selection, range) => {
    const { text, pictures } = wordsOf(range);
    const shown = selection.toString();
    return (pictures || shown.replace(/\s/g, "") !== text.replace(/\s/g, "") ? text : shown).trim();
  };
  const offer = () => {
    const selection = getSelection();
    const range = selection.rangeCount ? selection.getRangeAt(0) : null;
    const exact = range && prose.contains(range.commonAncestorContainer) ? selected(selection, range) : "";
    bar.hidden = !exact || [...exact].length > most.exact;
    if (bar.hidden) return;
    link.href = addressed(exact, around(range.startContainer, range.startOffset, false), around(range.endContainer, range.endOffset, true));
  };
  // A Chinese letter takes nine bytes of an address: what is too long travels without its surroundings, or is to be pasted.
  const addressed = (exact, prefix, suffix) => {
    for (const more of [{ prefix, suffix }, {}]) {
      const address = new URL(page);
      for (const [name, text] of Object.entries({ exact, ...more })) address.searchParams.set(name, text);
      if (address.href.length <= most.address) return address.href;
    }
    return page;
  };
  document.addEventListener("selectionchange", () => {
    clearTimeout(waiting);
    waiting = setTimeout(offer, 200);
  });
}

// The contents beside an article say where its reader is: the last heading that has come up to the top.
const contents = document.querySelector(".toc-side");
if (contents && prose && "IntersectionObserver" in globalThis) {
  const links = new Map([...contents.querySelectorAll("a")].map((to) => [decodeURIComponent(to.hash.slice(1)), to]));
  const headings = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  const follow = () => {
    const reached = headings.filter((heading) => heading.getBoundingClientRect().top < 0.1 * innerHeight).pop();
    for (const [id, to] of links) {
      if (id !== reached?.id) to.removeAttribute("aria-current");
      else if (!to.hasAttribute("aria-current")) {
        to.setAttribute("aria-current", "location");
        contents.scrollTop = to.offsetTop - contents.clientHeight / 2;
      }
    }
  };
  // It reaches up without end: a heading that a jump passes over has come up too.
  const watch = new IntersectionObserver(follow, { rootMargin: "1000000px 0px -90%" });
  headings.forEach((heading) => watch.observe(heading));
}

// <form data-autosave="/report/x/autosave">: what is typed is kept a moment later, files aside. The answer is the piece of
// the page that says so. Nothing is kept before something was typed; leaving by a button sends it all anyway.
for (const form of document.querySelectorAll("form[data-autosave]")) {
  const place = form.querySelector("#kept");
  const trouble = document.createElement("p");
  let waiting, sending;
  trouble.className = "error";
  trouble.setAttribute("role", "status");
  form.append(trouble);
  const keep = async () => {
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    sending = new AbortController();
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: data, signal: sending.signal });
      if (answer.status === 410) return form.removeEventListener("input", soon);
      if (!answer.ok) throw new Error(answer.status);
      const html = await answer.text();
      const open = [...place.querySelectorAll("details")].map((part) => part.open);
      const stops = () => [...place.querySelectorAll("a, button, summary")];
      const before = stops(), was = document.activeElement, at = before.indexOf(was) - before.length;
      place.innerHTML = html;
      place.querySelectorAll("details").forEach((part, n) => { part.open = open[n] ?? false; });
      const after = stops(), near = after.at(Math.max(at, -after.length));
      const same = after.find((stop) => stop.textContent === was.textContent) ?? near;
      if (before.includes(was)) same?.focus({ preventScroll: true }); // whoever is in it stays where they are
      trouble.textContent = "";
    } catch (error) {
      if (error.name === "AbortError") return;
      trouble.textContent = form.dataset.unsaved;
      waiting = setTimeout(keep, 30000);
    }
  };
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(keep, 2500);
  };
  form.addEventListener("input", soon);
  form.addEventListener("submit", () => { clearTimeout(waiting); sending?.abort(); });
}

// <div data-proof="{challenge}" hidden>: the sum that ALTCHA sets (its version 2: PBKDF2, a counter is looked for).
for (const part of document.querySelectorAll("[data-proof]")) {
  if (!globalThis.crypto?.subtle) break; // no HTTPS: the other two ways are written below
  const form = part.closest("form");
  const said = part.querySelector("[role=status]");
  const challenge = JSON.parse(part.dataset.proof);
  const solved = solve(challenge).then((solution) => {
    part.querySelector("[name=proof]").value = btoa(JSON.stringify({ challenge, solution }));
    said.textContent = part.dataset.done;
  });
  part.hidden = false;
  said.textContent = part.dataset.working;
  form.addEventListener("submit", (event) => {
    if (part.querySelector("[name=proof]").value) return;
    event.preventDefault();
    solved.then(() => form.requestSubmit(event.submitter));
  });
}

async function solve({ parameters: { nonce, salt, cost, keyLength, keyPrefix } }) {
  const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const start = bytes(nonce);
  const password = new Uint8Array(start.length + 4);
  password.set(start);
  for (let counter = 0; ; counter++) {
    new DataView(password.buffer).setUint32(start.length, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const how = { name: "PBKDF2", salt: bytes(salt), iterations: cost, hash: "SHA-256" };
    const derivedKey = hex(await crypto.subtle.deriveBits(how, key, keyLength * 8));
    if (derivedKey.startsWith(keyPrefix)) return { counter, derivedKey };
  }
}

// The time in which something can be taken back, counted down; the server has the last word.
for (const button of document.querySelectorAll("[data-seconds]")) {
  const until = performance.now() + 1000 * Number(button.dataset.seconds);
  const timer = setInterval(() => {
    const left = Math.ceil((until - performance.now()) / 1000);
    button.firstChild.data = left > 0 ? button.dataset.label.replace("{n}", left) : button.dataset.over;
    button.disabled = left <= 0;
    if (left <= 0) clearInterval(timer);
  }, 1000);
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
