// A report is saved while it is typed. What the page says about "saved" is what the server has answered.

const form = document.querySelector("[data-report]");
const state = document.getElementById("report-state");
// How long somebody stops typing before it is saved, in milliseconds.
const PAUSE = 1500;
let timer = 0;
let sending = Promise.resolve();
let unsaved = false;

async function save() {
  if (!unsaved) return;
  unsaved = false;
  state.textContent = "Saving …";
  try {
    const answer = await fetch(location.href, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" } });
    const revision = answer.headers.get("X-Revision");
    const words = answer.redirected ? "" : (await answer.text()).trim();
    if (answer.ok && revision) {
      form.elements.seen.value = revision;
      if (!unsaved) state.textContent = words;
      return;
    }
    unsaved = true;
    state.textContent = answer.status === 422 && words ? words : "Not saved: you have been logged out. Copy what you typed last, then load this page again.";
  } catch {
    unsaved = true;
    state.textContent = "Not saved: no connection. What you typed stays on this page; press Save when you are back on line.";
  }
}

form?.addEventListener("input", () => {
  unsaved = true;
  state.textContent = "Not saved yet.";
  clearTimeout(timer);
  timer = setTimeout(() => { sending = sending.then(save); }, PAUSE);
});

form?.addEventListener("submit", () => {
  clearTimeout(timer);
  unsaved = false;
});

// Leaving with something typed that is not kept asks first.
window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});
