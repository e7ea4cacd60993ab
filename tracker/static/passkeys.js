// Passkeys: a form asks the browser for one, puts the answer into its field and sends itself. Without this file, it stays hidden.
"use strict";

if (window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
  for (const note of document.querySelectorAll("[data-no-passkey]")) note.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      if (form.elements.credential.value) return;
      event.preventDefault();
      ask(form);
    });
  }
}
addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form[data-passkey] [name=credential]")) field.value = "";
});

async function ask(form) {
  const failed = form.querySelector("[data-failed]");
  const options = JSON.parse(form.dataset.options);
  failed.hidden = true;
  try {
    const credential = form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    form.elements.credential.value = JSON.stringify(credential);
  } catch {
    failed.hidden = false;
    return;
  }
  form.requestSubmit();
}
