// On every page of somebody who is logged in: taps that wait on this phone are sent, and logging out leaves nothing.

const { kept } = self;
const person = Number(document.documentElement.dataset.person);

const counted = (n) => (n === 1 ? "1 tap" : `${n} taps`);

// What a page needs to be shown as it is.
function filesOf(page) {
  const linked = page.querySelectorAll("link[rel=stylesheet], link[rel=icon], link[rel=manifest], script[src]");
  return [...linked].map((one) => new URL(one.getAttribute("src") ?? one.getAttribute("href"), location.href).href);
}

// Keep a page on this phone, encrypted. `page`: a document as the hub has sent it.
function keep(path, page) {
  for (const said of page.querySelectorAll("main > .messages")) said.remove(); // said once
  delete page.documentElement.dataset.kept;
  return kept.keepPage(person, path, `<!doctype html>${page.documentElement.outerHTML}`, filesOf(page));
}

// Fetch a page and keep it. Null where the log-in has ended; throws where there is no line.
async function fetchPage(path) {
  const answer = await fetch(path, { redirect: "manual", signal: AbortSignal.timeout(20000) });
  if (!answer.ok) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (Number(page.documentElement.dataset.person) !== person) return null;
  await keep(path, page.cloneNode(true)).catch(() => {});
  return page;
}

const arrived = kept.arrive(person).catch(() => {}); // a browser that keeps nothing has nothing to lose

self.phone = { person, arrived, counted, keep, fetchPage };

async function sendWaiting() {
  await arrived;
  if ((await kept.taps(person)).some((one) => one.state === "waiting")) await kept.send(person);
}

// A register sends its own taps, and says what became of them.
if (!document.querySelector("form[data-session]")) {
  sendWaiting().catch(() => {});
  addEventListener("online", () => sendWaiting().catch(() => {}));
}

async function logOut(form) {
  await kept.send(person).catch(() => {});
  const left = (await kept.taps(person)).filter((one) => one.state !== "sent").length;
  const words = `${counted(left)} on registers could not be sent, and would be lost. Log out all the same?`;
  if (left && !confirm(words)) return;
  await kept.leave(person).catch(() => {});
  form.submit();
}

for (const form of document.querySelectorAll("form[action^='/accounts/logout/']")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    logOut(form);
  });
}
