// The list of registers: those of today and of the coming week are kept on this phone, to be opened off line.

const { kept, phone } = self;
const AGAIN_AFTER = 10 * 60 * 1000;
const note = document.getElementById("kept-note");
const page = document.cloneNode(true);
const offLine = "kept" in document.documentElement.dataset;

let lastWords = "";

// What waits, and each tap that the hub has refused: its register may not be on this list any more.
async function say(words = lastWords) {
  lastWords = words;
  const left = (await kept.taps(phone.person)).filter((one) => one.state !== "sent");
  const refused = left.filter((one) => one.state !== "waiting");
  const waiting = left.length - refused.length;
  const wait = waiting ? `${phone.counted(waiting)} wait${waiting === 1 ? "s" : ""} on this phone to be sent. ` : "";
  note.textContent = wait + words;
  for (const one of refused) {
    const line = note.appendChild(document.createElement("p"));
    line.textContent = `Not saved: ${one.tap.name}, ${one.tap.label}. ${one.words} `;
    const button = line.appendChild(document.createElement("button"));
    Object.assign(button, { type: "button", className: "button secondary", textContent: "Leave it out" });
    button.addEventListener("click", () => kept.drop([one]).then(() => say()));
  }
  note.hidden = !note.textContent;
}

kept.news?.addEventListener("message", () => say());

async function keepAll() {
  await phone.arrived;
  await phone.keep(location.pathname, page);
  const near = [...new Set([...document.querySelectorAll("[data-keep]")].map((one) => one.getAttribute("href")))];
  let number = 0;
  for (const path of near) {
    const old = Date.now() - (await kept.keptAt(phone.person, path)) > AGAIN_AFTER;
    if (!old || (await phone.fetchPage(path))) number += 1;
  }
  const registers = number === 1 ? "1 register opens" : `${number} registers open`;
  await say(number ? `On this phone ${registers} off line too.` : "");
}

async function start() {
  await navigator.serviceWorker?.register("/sw.js");
  if (offLine) await say("You are off line. Registers of today and of the coming week open all the same.");
  else await keepAll();
}

start().catch(() => say("")); // no line just now, or a browser that keeps nothing
