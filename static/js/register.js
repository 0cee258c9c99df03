// One register: each tap is kept on this phone first, then sent. What the page says about "saved" is what the hub has
// answered. What the page shows is what the hub has sent last, and over it the taps that it has not seen by then.

const { kept, phone } = self;
const form = document.querySelector("form[data-session]");
const page = document.cloneNode(true);
const path = location.pathname;
const session = Number(form.dataset.session);
const rows = form.querySelector("[data-rows]");
const [countLine, stateLine, undoButton, refusedBox] = ["count", "state", "undo", "refused"].map((name) =>
  document.getElementById(`register-${name}`),
);
const sign = document.getElementById("register-sign");
const isLocked = "locked" in form.dataset;
const isSigned = "signed" in form.dataset;
let keptAt = Number(document.documentElement.dataset.kept ?? 0); // 0: it came from the hub just now
let newest = Number(form.dataset.newest);
let fromHub = rows.innerHTML;
let taps = []; // of this register, not yet part of what the hub has sent
let last = []; // what the last act said before, to be undone
let savedAt = "";
let failure = "";
let isSending = false;
let isSafe = true; // are they on the phone, and not only on this page?

// ── Lines ────────────────────────────────────────────────────────────────────────────────────────────────────────

const rowOf = (pk) => rows.querySelector(`[data-row="${pk}"]`);
const nameOf = (row) => row.querySelector("legend").firstChild.textContent.trim();
const fieldOf = (row, name) => row.querySelector(`input[name="${name}-${row.dataset.row}"]`);
const cutShort = (what) => what === "late" || what === "left_early";

// What a line shows as chosen: {what, minutes, note}; null: nothing.
function chosen(row) {
  const radio = row.querySelector("input[type=radio]:checked");
  if (!radio || radio.value === "cleared" || "cleared" in radio.dataset) return radio && cleared();
  if (radio.dataset.what) {
    return { what: radio.dataset.what, minutes: Number(radio.dataset.minutes) || null, note: radio.dataset.note };
  }
  const minutes = Number.parseInt(fieldOf(row, "minutes").value, 10);
  const note = fieldOf(row, "note").value.trim().replace(/\s+/g, " ");
  return { what: radio.value, minutes: cutShort(radio.value) && minutes > 0 ? minutes : null, note };
}

const cleared = () => ({ what: "cleared", minutes: null, note: "" });
const says = new Map(); // by line: what it says, as a string to compare

function show(row, said) {
  for (const radio of row.querySelectorAll("input[type=radio]")) radio.checked = radio.value === said.what && said.what !== "cleared";
  fieldOf(row, "minutes").value = said.minutes ?? "";
  fieldOf(row, "note").value = said.note;
  says.set(row.dataset.row, JSON.stringify(said));
  counts(row, said);
}

function showTap(tap) {
  const row = rowOf(tap.row);
  if (!row) return;
  delete row.dataset.contested;
  show(row, plain(tap));
  fieldOf(row, "seen").value = tap.id;
}

function plain({ what, minutes, note }) {
  return { what, minutes, note };
}

// "counts as 2¼ hours", to the quarter.
function counts(row, said) {
  const quarters = Math.round(Math.max(0, Number(form.dataset.minutes) - (said.minutes ?? 0)) / 15);
  const hours = `${Math.floor(quarters / 4) || (quarters % 4 ? "" : 0)}${["", "¼", "½", "¾"][quarters % 4]}`;
  row.querySelector("[data-counts]").textContent = said.minutes ? `counts as ${hours} hour${quarters === 4 ? "" : "s"}` : "";
}

function draw() {
  const focus = document.activeElement;
  const held = rows.contains(focus) && focus.id ? { id: focus.id, value: focus.value } : null;
  const radio = rows.contains(focus) && focus.type === "radio" ? `[name="${focus.name}"][value="${focus.value}"]` : null;
  const open = [...rows.querySelectorAll("details[open]")].map((one) => one.closest("[data-row]").id);
  if (!isLocked) rows.innerHTML = fromHub; // there, what is chosen goes with the form and its reason
  says.clear();
  for (const row of rows.querySelectorAll("[data-row]")) {
    says.set(row.dataset.row, JSON.stringify(chosen(row) ?? cleared()));
  }
  for (const one of taps) if (!isRefused(one) && !isLocked) showTap(one.tap);
  for (const id of open) {
    const more = document.getElementById(id)?.querySelector("details");
    if (more) more.open = true;
  }
  const again = held ? document.getElementById(held.id) : radio ? rows.querySelector(radio) : null;
  if (held && again) again.value = held.value;
  again?.focus({ preventScroll: true });
  say();
}

// ── What the page says ───────────────────────────────────────────────────────────────────────────────────────────

const isRefused = (one) => one.state === "refused" || one.state === "why";
const waiting = () => taps.filter((one) => one.state === "waiting");

function countWords() {
  const number = { here: 0, apologies: 0, absent: 0, decide: 0, mark: 0 };
  for (const row of rows.querySelectorAll("[data-row]")) {
    const what = "contested" in row.dataset ? "decide" : JSON.parse(says.get(row.dataset.row)).what;
    if (["present", "late", "left_early", "online"].includes(what)) number.here += 1;
    else if (what === "cleared") number.mark += 1;
    else if (what in number) number[what] += 1;
  }
  const parts = [`${number.here} here`];
  if (number.apologies) parts.push(`${number.apologies} apologies`);
  if (number.absent) parts.push(`${number.absent} absent`);
  if (number.decide) parts.push(`${number.decide} to decide`);
  if (number.mark || !number.decide) parts.push(number.mark ? `${number.mark} to mark` : "all marked");
  const rest = form.querySelector("[data-rest]");
  if (rest) rest.hidden = !number.mark;
  return parts.join(", ");
}

function stateWords() {
  const left = waiting();
  const wait = `${phone.counted(left.length)} wait${left.length === 1 ? "s" : ""} on this ${isSafe ? "phone" : "page: leave it open"}`;
  if (taps.some(isRefused)) return "Not saved: see below.";
  if (left.length && isSending && !failure) return "Saving …";
  if (left.length && failure === "login") return `${wait} until you log in again`;
  if (left.length && failure === "person") return `${wait} until you log in again: somebody else is logged in`;
  if (left.length && failure === "busy") return `${wait}: the hub is busy, we try again`;
  if (left.length && failure) return `${wait}: no connection`;
  if (left.some((one) => one.words)) return `${wait}. ${left.find((one) => one.words).words}`;
  if (left.length) return wait;
  if (savedAt) return `Saved at ${savedAt}`;
  if (keptAt) {
    const clock = new Date(keptAt).toLocaleString("en-GB", { weekday: "long", hour: "2-digit", minute: "2-digit" });
    return `Off line: this is how it stood on ${clock}`;
  }
  return isLocked || rows.disabled ? "" : "Each tap is saved as you make it";
}

function say(words = stateWords()) {
  countLine.textContent = countWords();
  if (stateLine.textContent !== words) stateLine.textContent = words;
  if (failure === "login" && waiting().length) {
    const link = document.createElement("a");
    link.href = `/accounts/login/?next=${encodeURIComponent(path)}`;
    link.textContent = "Log in";
    stateLine.append(" ", link);
  }
  undoButton.hidden = !last.length;
  sayRefused();
}

function element(kind, text, more = {}) {
  return Object.assign(document.createElement(kind), { textContent: text }, more);
}

function sayRefused() {
  const refused = taps.filter((one) => isRefused(one));
  const before = JSON.stringify(refused.map((one) => [one.tap.id, one.words]));
  if (refusedBox.dataset.shows === before) return;
  refusedBox.dataset.shows = before;
  refusedBox.hidden = !refused.length;
  refusedBox.replaceChildren();
  if (!refused.length) return;
  refusedBox.append(element("h2", "Not saved"));
  const list = refusedBox.appendChild(element("ul", "", { className: "plain-list" }));
  for (const one of refused) {
    const line = list.appendChild(element("li", `${one.tap.name}, ${one.tap.label}: ${one.words} `));
    const button = element("button", "Leave it out", { type: "button", className: "button secondary" });
    button.append(element("span", `: ${one.tap.name}`, { className: "visually-hidden" }));
    button.addEventListener("click", () => leaveOut(one));
    line.append(button);
  }
  if (refused.some((one) => one.state === "why")) {
    const label = element("label", "Why do you change it? ", { htmlFor: "why" });
    const reason = element("input", "", { id: "why", maxLength: 200 });
    const button = element("button", "Send with this reason", { type: "button", className: "button" });
    button.addEventListener("click", () => sayWhy(reason.value.trim()));
    refusedBox.append(label, reason, button);
  }
}

// ── Taps ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  return [...bytes].map((one, place) => ([4, 6, 8, 10].includes(place) ? "-" : "") + one.toString(16).padStart(2, "0")).join("");
}

let adding = Promise.resolve();
let made = 0;

function tap(row, said) {
  const [replaces = null, ...settles] = fieldOf(row, "seen").value.split(",").filter(Boolean);
  const radio = row.querySelector(`input[value="${said.what}"]`);
  const label = radio?.nextElementSibling.textContent ?? said.what;
  const one = { id: newId(), row: Number(row.dataset.row), ...said, replaces, settles, at: Date.now(), name: nameOf(row), label };
  const before = "contested" in row.dataset ? null : { row: row.dataset.row, said: JSON.parse(says.get(row.dataset.row)) };
  taps.push({ person: phone.person, session, state: "waiting", words: "", tap: one });
  showTap(one);
  made += 1;
  adding = adding.then(async () => {
    isSafe = (await kept.add(phone.person, session, one)) && isSafe;
  });
  return before;
}

// Several lines at once are one act, and undone as one.
function sayAll(changes) {
  if (!changes.length) return;
  last = changes.map(([row, said]) => tap(row, said)).filter(Boolean);
  if (isSigned) last = last.filter((one) => one.said.what !== "cleared");
  savedAt = "";
  say();
  send();
}

// Until this phone's own taps are known, nothing can follow them: what is tapped by then is said when they are.
const early = new Map();
let isReady = false;

function commit(row, said = chosen(row)) {
  if (!isReady) {
    if (said) early.set(row.dataset.row, said);
    return;
  }
  if (!said) {
    if (fieldOf(row, "note").value.trim()) say(`The note is kept once you mark ${nameOf(row)}.`);
    return;
  }
  if (JSON.stringify(said) !== says.get(row.dataset.row) || "contested" in row.dataset) sayAll([[row, said]]);
}

function undo() {
  const back = last.map(({ row, said }) => [rowOf(row), said]).filter(([row]) => row);
  sayAll(back);
  last = [];
  say();
}

async function leaveOut(gone) {
  for (const one of taps) {
    if (one.tap.replaces !== gone.tap.id) continue; // what came after it follows what came before it
    await kept.change(one, { tap: { ...one.tap, replaces: gone.tap.replaces, settles: gone.tap.settles }, state: "waiting", words: "" });
  }
  await kept.drop([gone]);
  await read();
  send();
}

async function sayWhy(amendment) {
  if (!amendment) return document.getElementById("why").focus();
  for (const one of taps.filter((other) => other.state === "why")) {
    await kept.change(one, { tap: { ...one.tap, amendment }, state: "waiting", words: "" });
  }
  await read();
  return send();
}

// ── The line ─────────────────────────────────────────────────────────────────────────────────────────────────────

let again = null;
let wait = 2000;
let refreshing = null;

// What the phone holds; a tap that is made meanwhile is among it.
async function load() {
  let before = -1;
  while (before !== made) {
    before = made;
    await adding;
    const found = await kept.taps(phone.person, session);
    if (before === made) taps = found;
  }
}

async function read() {
  await load();
  draw();
}

async function reread() {
  const shown = () => JSON.stringify(taps.map((one) => [one.tap.id, isRefused(one)]));
  const before = shown();
  await load();
  if (shown() === before) say();
  else draw();
}

async function send() {
  clearTimeout(again);
  await adding;
  isSending = true;
  if (failure !== "line") failure = "";
  say();
  const result = await kept.send(phone.person);
  isSending = false;
  ({ failure } = result);
  await reread();
  const answered = result.answers.get(session);
  if (answered) {
    savedAt = answered.at;
    keptAt = 0;
    refreshSoon(answered.differs || isLocked ? 0 : 2500); // what others have marked comes with it
  }
  say();
  if (failure || waiting().length) {
    again = setTimeout(send, wait);
    wait = Math.min(wait * 2, 60000);
  } else wait = 2000;
  return result;
}

function refreshSoon(after) {
  clearTimeout(refreshing);
  refreshing = setTimeout(() => refresh().catch(() => {}), after);
}

// What the hub shows now, kept for off line too; taps that are part of it need not be shown over it any more.
async function refresh() {
  const seen = taps.filter((one) => one.state === "sent");
  const fresh = await phone.fetchPage(path);
  const there = fresh?.querySelector("form[data-session]");
  if (!there) return;
  if (isLocked || "signed" in there.dataset !== isSigned || "locked" in there.dataset !== isLocked) {
    if (!taps.some(isRefused)) location.reload(); // else somebody writes why, below, and it is loaded once that is sent
    return;
  }
  fromHub = there.querySelector("[data-rows]").innerHTML;
  newest = Number(there.dataset.newest);
  open(!there.querySelector("[data-rows]").disabled);
  await kept.drop(seen);
  await read();
}

function open(isOpen) {
  rows.disabled = !isOpen;
  if (sign) sign.hidden = !isOpen;
  for (const one of document.querySelectorAll("[data-not-open]")) one.hidden = isOpen;
}

async function look() {
  if (document.hidden || !navigator.onLine) return;
  const said = await kept.ask(session).catch(() => undefined);
  if (said === undefined) return;
  failure = said === null ? "login" : said.person === phone.person ? "" : "person";
  if (said && !failure && waiting().length) await send();
  else if (said && !failure && !isLocked && (said.newest !== newest || keptAt || rows.disabled)) {
    keptAt = 0;
    await refresh();
  }
  say();
}

// ── Hands ────────────────────────────────────────────────────────────────────────────────────────────────────────

// Arrow keys pass by what is not meant: it counts when the line is left, at Space or Enter, or after a moment's rest.
// What was landed on is kept, for the page may draw its lines anew meanwhile.
let passing = null;
let byArrow = false;

function land() {
  if (!passing) return;
  clearTimeout(passing.timer);
  const { pk, said } = passing;
  passing = null;
  const row = rowOf(pk);
  if (row) commit(row, said);
}

function listen() {
  form.addEventListener("pointerdown", () => (byArrow = false));
  form.addEventListener("keydown", (event) => {
    if (event.target.type !== "radio") return;
    byArrow = event.key.startsWith("Arrow");
    if (event.key === " " || event.key === "Enter") {
      if (event.key === "Enter") event.preventDefault();
      setTimeout(land);
    }
  });
  form.addEventListener("change", (event) => {
    const row = event.target.closest("[data-row]");
    if (!row || isLocked) return;
    if (byArrow && event.target.type === "radio") {
      if (passing && passing.pk !== row.dataset.row) land();
      clearTimeout(passing?.timer);
      passing = { pk: row.dataset.row, said: chosen(row), timer: setTimeout(land, 1200) };
      say("Not saved yet …");
    } else {
      if (passing?.pk !== row.dataset.row) land();
      clearTimeout(passing?.timer);
      passing = null;
      commit(row);
    }
  });
  form.addEventListener("focusout", (event) => {
    if (passing && !rowOf(passing.pk)?.contains(event.relatedTarget)) land();
  });
  form.addEventListener("submit", (event) => {
    if (isLocked && navigator.onLine) return; // a reason goes with it: a plain form
    event.preventDefault();
    if (isLocked) return say("Not saved: no connection. A locked register is changed on line.");
    if (!isReady) return setTimeout(() => form.requestSubmit(event.submitter), 100);
    land();
    if (event.submitter && "rest" in event.submitter.dataset) {
      const here = { what: "online" in form.dataset ? "online" : "present", minutes: null, note: "" };
      const rest = [...rows.querySelectorAll("[data-row]:not([data-contested])")];
      sayAll(rest.filter((row) => JSON.parse(says.get(row.dataset.row)).what === "cleared").map((row) => [row, here]));
    } else {
      for (const row of rows.querySelectorAll("[data-row]:not([data-contested])")) commit(row);
      send();
    }
  });
  undoButton.addEventListener("click", undo);
  sign?.addEventListener("submit", async (event) => {
    event.preventDefault();
    land();
    const result = await send().catch(() => ({ failure: "line" }));
    const left = taps.filter((one) => one.state !== "sent").length;
    if (left) return say(`Not signed: ${phone.counted(left)} could not be sent yet.`);
    if (result.failure || !navigator.onLine) return say("Not signed: no connection. Everything else is saved.");
    return sign.submit();
  });
  addEventListener("online", () => {
    wait = 2000;
    look();
  });
  document.addEventListener("visibilitychange", look);
  setInterval(look, 20000);
  kept.news?.addEventListener("message", () => reread());
}

// What was tapped before this script was here. (The form says autocomplete="off", so nobody else has chosen it.)
function tappedAlready() {
  const isChanged = (one) => one.checked !== one.defaultChecked || one.value !== one.defaultValue;
  return [...rows.querySelectorAll("[data-row]")].filter((row) => [...row.querySelectorAll("input")].some(isChanged));
}

async function start() {
  if (!isLocked) tappedAlready().forEach(commit);
  form.classList.add("is-live");
  await phone.arrived;
  await navigator.serviceWorker?.register("/sw.js").catch(() => {});
  if (keptAt) open(true); // off line no clock is asked: taps that are too early wait
  else await phone.keep(path, page).catch(() => {});
  await read();
  // What another page sent while this one was under way may not be part of it yet: it is shown over it until then.
  const sent = keptAt ? [] : taps.filter((one) => one.state === "sent");
  if (sent.length && isLocked) await kept.drop(sent); // nothing is shown over a locked one
  else if (sent.length) refreshSoon(0);
  isReady = true;
  const differs = ([row, said]) => row && JSON.stringify(said) !== says.get(row.dataset.row);
  sayAll([...early].map(([pk, said]) => [rowOf(pk), said]).filter(differs));
  if (waiting().length) send();
}

listen();
start();
