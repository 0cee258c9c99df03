// The list of registers: those of today and of the coming week are kept on this phone, to be opened off line.

const { kept, phone } = self;
const AGAIN_AFTER = 10 * 60 * 1000;
const note = document.getElementById("kept-note");
const page = document.cloneNode(true);
const offLine = "kept" in document.documentElement.dataset;

async function say(words) {
  const left = (await kept.taps(phone.person)).filter((one) => one.state !== "sent");
  const waiting = left.length ? `${phone.counted(left.length)} not sent yet: open the register to see why. ` : "";
  note.textContent = waiting + words;
  note.hidden = !note.textContent;
}

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
