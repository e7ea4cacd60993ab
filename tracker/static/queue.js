// News of the queue and of a case while somebody has it open. Every page works without this file.
"use strict";

const EVERY = 20000; // milliseconds; an answer that fails doubles it, up to the longest
const LONGEST = 300000;

// Calls `look` again and again while the page is seen; it returns false when there is nothing left to look for.
function watch(look) {
  let pause = EVERY;
  const go = async () => {
    if (document.hidden) return setTimeout(go, EVERY);
    try {
      if ((await look()) === false) return;
      pause = EVERY;
    } catch {
      pause = Math.min(pause * 2, LONGEST);
    }
    setTimeout(go, pause);
  };
  setTimeout(go, EVERY);
}

async function answer(path, options) {
  const response = await fetch(path, { redirect: "error", ...options });
  if (!response.ok) throw new Error(response.status);
  return response.json();
}

// What has not changed is not written again: a screen reader would read it out.
function rewrite(place, words) {
  if (place.textContent !== words) place.textContent = words;
}

// The queue: how many cases are new, who has which by now, and what became of them. Nothing is moved and no focus is taken.
const live = document.querySelector("[data-live]");
if (live) {
  const bar = document.querySelector(".live-bar");
  const rows = [...document.querySelectorAll("[data-case]")];
  const roomy = new Set(rows.filter((row) => row.querySelector("[data-lease]").textContent)); // the others would grow by a line
  const address = new URL(live.dataset.live, location.href);
  address.searchParams.set("shown", rows.map((row) => row.dataset.case).join("."));
  watch(async () => {
    const news = await answer(address);
    rewrite(bar, news.said);
    bar.hidden = !news.said;
    for (const row of rows) {
      const number = row.dataset.case;
      const held = news.held[number] ?? "";
      if (roomy.has(row)) rewrite(row.querySelector("[data-lease]"), held || "\u00a0");
      rewrite(row.querySelector("[data-news]"), news.rows[number] ?? (roomy.has(row) ? "" : held));
      row.classList.toggle("is-gone", number in news.rows);
    }
  });
}

// A case: a sign of life, answered with who else is there and whether something has changed.
const presence = document.querySelector("[data-presence]");
if (presence) {
  const body = new URLSearchParams({ csrf_token: presence.dataset.token, version: presence.dataset.version });
  const look = async () => {
    const news = await answer(presence.dataset.presence, { method: "POST", body });
    rewrite(presence, news.said);
    rewrite(document.querySelector("[data-held]"), news.held);
  };
  look().catch(() => {});
  watch(look);
}

// Choosing many: how many are ticked, and one box for the whole page.
const bulk = document.querySelector("[data-bulk]");
if (bulk) {
  const boxes = [...document.querySelectorAll(".line-pick input")];
  const picked = bulk.querySelector("[data-picked]");
  const all = bulk.querySelector("[data-all]");
  const count = () => {
    const n = boxes.filter((box) => box.checked).length;
    picked.textContent = picked.dataset.picked.replace("{n}", n);
    all.checked = n === boxes.length;
    all.indeterminate = n > 0 && n < boxes.length;
  };
  all.closest("[hidden]").hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    count();
  });
  document.querySelector(".lines").addEventListener("change", count);
  addEventListener("pageshow", count);
  count();
}
