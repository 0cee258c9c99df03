// Each tap on a register is sent as it is made. What the page says about "saved" is what the server has answered.

const form = document.querySelector("[data-register]");
const state = document.getElementById("register-state");
let sending = Promise.resolve();

async function send(row) {
  const radio = row.querySelector("input[type=radio]:checked");
  const seen = row.querySelector("input[type=hidden]");
  if (!radio || radio.value === seen.value) return;
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
  body.set(seen.name, seen.value);
  body.set(radio.name, radio.value);
  state.textContent = "Saving …";
  try {
    const answer = await fetch(form.action || location.href, { method: "POST", body, headers: { "HX-Request": "true" } });
    const words = answer.redirected ? "" : (await answer.text()).trim();
    if (answer.ok && words) {
      seen.value = radio.value;
      state.textContent = words;
    } else {
      state.textContent = words && answer.status === 422 ? words : "Not saved: please log in again, or press Save.";
    }
  } catch {
    state.textContent = "Not saved: no connection. Your taps stay on this page; press Save when you are back on line.";
  }
}

form?.addEventListener("change", (event) => {
  const row = event.target.closest("[data-row]");
  if (row) sending = sending.then(() => send(row));
});
