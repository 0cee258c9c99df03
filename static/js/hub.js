// What script adds; every page works without it.

// An error summary takes the focus, so that it is read and seen first.
document.querySelector(".error-summary")?.focus();

// Fields that go with one choice show only when it is chosen: those for somebody new, or for a number.
for (const group of document.querySelectorAll("[data-reveals]")) {
  const select = group.querySelector("select");
  const show = () => group.classList.toggle("is-closed", select.value !== group.dataset.reveals);
  select.addEventListener("change", show);
  show();
}

// On a phone the filters begin closed, so that the list is in sight.
const filters = document.querySelector(".filters");
if (filters && window.matchMedia("(max-width: 60rem)").matches && !filters.querySelector("[aria-invalid]")) {
  filters.open = false;
}

// Escape closes a menu and gives the focus back to its button.
for (const menu of document.querySelectorAll(".menu, .more details")) {
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

// What the office's search has found closes with Escape or when the focus leaves it, and opens again with the typing.
for (const form of document.querySelectorAll(".find")) {
  const found = form.querySelector(".found-here");
  const close = (closed) => found.classList.toggle("is-closed", closed);
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || found.matches(":empty, .is-closed")) return;
    event.preventDefault(); // what was typed stays
    close(true);
    form.querySelector("input").focus();
  });
  form.addEventListener("focusout", (event) => close(!form.contains(event.relatedTarget)));
  form.addEventListener("focusin", () => close(false));
  form.addEventListener("input", () => close(false));
}

// A link made to be copied selects itself.
for (const input of document.querySelectorAll("input[readonly], textarea[readonly]")) {
  input.addEventListener("focus", () => input.select());
}

// What was typed while the page was still coming is searched for as well.
document.addEventListener("htmx:load", (event) => {
  if (event.target !== document.body) return;
  for (const field of document.querySelectorAll("[hx-trigger] input, [hx-trigger] textarea")) {
    if (field.value !== field.defaultValue && field.matches("textarea, [type=text], [type=search]")) {
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
});

// A form with files takes a while on a phone: it says so, and goes once.
for (const form of document.querySelectorAll('form[enctype="multipart/form-data"]')) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sending) {
      event.preventDefault();
      return;
    }
    form.dataset.sending = "yes";
    if (event.submitter) event.submitter.textContent = "Sending…";
  });
}
window.addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector("form[data-sending]")) location.reload();
});
