// What a phone keeps of registers: their pages, and taps until the hub has them. For pages, and for the service worker.
// Each person's part is encrypted with a key that cannot leave this browser, and is gone when they log out.

self.kept = (() => {
  const FILES = "register-files";
  const PAGES_FOR = 14 * 24 * 3600 * 1000;
  const MOST = 100; // taps in one request
  const news = "BroadcastChannel" in self ? new BroadcastChannel("registers") : null;
  const loose = []; // taps of a browser that keeps nothing: they last as long as the page
  let opened = null;
  let token = "";

  const asked = (request) =>
    new Promise((done, fail) => {
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(request.error);
    });

  function base() {
    opened ??= new Promise((done, fail) => {
      const request = indexedDB.open("registers", 1);
      request.onupgradeneeded = () => {
        for (const name of ["keys", "pages", "facts"]) request.result.createObjectStore(name);
        request.result.createObjectStore("taps", { keyPath: "n", autoIncrement: true });
      };
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close();
        done(request.result);
      };
      request.onerror = () => fail(request.error);
    });
    opened.catch(() => (opened = null));
    return opened;
  }

  // What is written is on the disk when this returns: a battery may die the moment after.
  async function act(names, mode, work) {
    const transaction = (await base()).transaction(names, mode, { durability: "strict" });
    const ended = new Promise((done, fail) => {
      transaction.oncomplete = done;
      transaction.onabort = transaction.onerror = () => fail(transaction.error);
    });
    const result = await work(...names.map((name) => transaction.objectStore(name)));
    await ended;
    return result;
  }

  async function keyOf(person, make) {
    const found = await act(["keys"], "readonly", (keys) => asked(keys.get(person)));
    if (found || !make) return found;
    const fresh = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    return act(["keys"], "readwrite", async (keys) => {
      const first = await asked(keys.get(person)); // another tab may have been quicker
      if (!first) keys.put(fresh, person);
      return first ?? fresh;
    });
  }

  async function seal(person, thing) {
    if (!crypto.subtle) return { plain: thing }; // a hub without https: the platform has no lock to offer
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const bytes = new TextEncoder().encode(JSON.stringify(thing));
    return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await keyOf(person, true), bytes) };
  }

  async function unseal(person, sealed) {
    if ("plain" in sealed) return sealed.plain;
    const key = await keyOf(person, false);
    const bytes = await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.iv }, key, sealed.data);
    return JSON.parse(new TextDecoder().decode(bytes));
  }

  const rowsOf = (person) =>
    act(["taps"], "readonly", (taps) => asked(taps.getAll())).then((all) => all.filter((one) => one.person === person));

  // Of a person, in the order they were made: {n, session, state: waiting, sent, why or refused, words, tap}.
  async function taps(person, session = null) {
    const found = loose.filter((one) => one.person === person);
    try {
      for (const row of await rowsOf(person)) found.push({ ...row, tap: await unseal(person, row.sealed) });
    } catch {
      // nothing can be kept here
    }
    return session === null ? found : found.filter((one) => one.session === session);
  }

  // Is it safe on this phone, and not only on this page?
  async function add(person, session, tap) {
    const row = { person, session, state: "waiting", words: "" };
    try {
      const sealed = await seal(person, tap);
      await act(["taps"], "readwrite", (store) => asked(store.add({ ...row, sealed })));
      news?.postMessage("taps");
      return true;
    } catch {
      loose.push({ ...row, tap });
      return false;
    }
  }

  async function change(one, changes) {
    const { tap, ...row } = { ...one, ...changes };
    if (one.n === undefined) {
      Object.assign(loose.find((other) => other.tap.id === one.tap.id) ?? {}, changes);
    } else {
      const sealed = changes.tap ? await seal(one.person, tap) : one.sealed;
      await act(["taps"], "readwrite", (store) => asked(store.put({ ...row, sealed })));
    }
    news?.postMessage("taps");
  }

  async function drop(some) {
    for (const one of some.filter((other) => other.n === undefined)) {
      loose.splice(loose.findIndex((other) => other.tap.id === one.tap.id), 1);
    }
    const numbers = some.map((one) => one.n).filter((n) => n !== undefined);
    if (numbers.length) await act(["taps"], "readwrite", (store) => Promise.all(numbers.map((n) => asked(store.delete(n)))));
    news?.postMessage("taps");
  }

  const address = (session) => `/sessions/${session}/register/marks/`;

  // Who is logged in, and has anybody else marked? Null where the log-in has ended; throws where there is no line.
  async function ask(session) {
    const answer = await fetch(address(session), { redirect: "manual", signal: AbortSignal.timeout(15000) });
    if (!answer.ok) return null;
    const said = await answer.json();
    token = said.token;
    return said;
  }

  async function post(session, person, some, again = true) {
    const body = JSON.stringify({ person, now: Date.now(), taps: some.map((one) => one.tap) });
    token ||= self.document?.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    const signal = AbortSignal.timeout(20000);
    const answer = await fetch(address(session), { method: "POST", body, headers, redirect: "manual", signal });
    if (answer.status === 403 && again) {
      // The page is older than the log-in: it sends with a fresh token.
      return (await ask(session)) ? post(session, person, some, false) : { failure: "login" };
    }
    if (answer.type === "opaqueredirect" || answer.status === 403) return { failure: "login" };
    if (answer.status === 409) return { failure: "person" };
    if (answer.status === 404) return { refused: "You do not take this register any more. Please tell the hub." };
    if (answer.status === 413 || answer.status === 422) return { refused: (await answer.json()).words };
    if (!answer.ok) return { failure: "busy" };
    return answer.json();
  }

  async function settle(some, result) {
    if (result.refused && some.length > 1) return false;
    for (const one of some) {
      const said = result.refused
        ? { state: "refused", words: result.refused }
        : result.answers.find((answer) => answer.id === one.tap.id);
      if (!said) continue;
      const state = { kept: "sent", known: "sent", early: "waiting", wait: "waiting" }[said.state] ?? said.state;
      await change(one, { state, words: said.words });
    }
    return true;
  }

  // Send what waits. Returns why it could not be (line, login, person, busy), or "", and what registers answered.
  async function send(person) {
    const work = async () => {
      const waiting = (await taps(person)).filter((one) => one.state === "waiting");
      const answers = new Map();
      for (const session of new Set(waiting.map((one) => one.session))) {
        let turns = [];
        const here = waiting.filter((one) => one.session === session);
        for (let first = 0; first < here.length; first += MOST) turns.push(here.slice(first, first + MOST));
        while (turns.length) {
          const some = turns.shift();
          let result;
          try {
            result = await post(session, person, some);
          } catch {
            return { failure: "line", answers };
          }
          if (result.failure) return { failure: result.failure, answers };
          if (!(await settle(some, result))) turns = [...some.map((one) => [one]), ...turns];
          else if (result.answers) {
            const differs = answers.get(session)?.differs || result.answers.some((one) => one.differs);
            answers.set(session, { differs, at: result.at });
          }
        }
      }
      return { failure: "", answers };
    };
    return self.navigator.locks ? self.navigator.locks.request("send taps", work) : work();
  }

  // Pages

  const isHashed = (url) => /\.[0-9a-f]{12}\./.test(url);

  async function keepFiles(urls) {
    const files = await caches.open(FILES);
    for (const url of urls) if (!isHashed(url) || !(await files.match(url))) await files.add(url).catch(() => {});
  }

  // `files`: what the page needs to be shown as it is.
  async function keepPage(person, path, html, files) {
    if (!self.caches || !crypto.subtle) return;
    await keepFiles(files);
    const row = { person, path, files, at: Date.now(), sealed: await seal(person, html) };
    await act(["pages"], "readwrite", (pages) => asked(pages.put(row, `${person} ${path}`)));
  }

  async function page(path) {
    const who = await act(["facts"], "readonly", (facts) => asked(facts.get("who")));
    const found = await act(["pages"], "readonly", (pages) => asked(pages.get(`${who} ${path}`)));
    return found ? { at: found.at, html: await unseal(who, found.sealed) } : null;
  }

  const keptAt = (person, path) =>
    act(["pages"], "readonly", (pages) => asked(pages.get(`${person} ${path}`))).then((found) => found?.at ?? 0);

  // Who is logged in on this phone. What others have kept is gone, but for their taps, which wait for them.
  async function arrive(person) {
    const gone = await act(["facts", "pages", "taps", "keys"], "readwrite", async (facts, pages, taps, keys) => {
      facts.put(person, "who");
      const [all, waiting] = [await asked(pages.getAll()), await asked(taps.getAll())];
      const old = all.filter((one) => one.person !== person || one.at < Date.now() - PAGES_FOR);
      for (const one of old) pages.delete(`${one.person} ${one.path}`);
      for (const key of await asked(keys.getAllKeys())) {
        if (key !== person && !waiting.some((one) => one.person === key)) keys.delete(key);
      }
      return old.length ? all.filter((one) => !old.includes(one)) : null;
    });
    if (gone && self.caches) await onlyFilesOf(gone);
  }

  async function onlyFilesOf(pages) {
    const files = await caches.open(FILES);
    const wanted = new Set(pages.flatMap((one) => one.files));
    for (const one of await files.keys()) if (!wanted.has(one.url)) await files.delete(one);
  }

  async function leave(person) {
    loose.length = 0;
    await act(["facts", "pages", "taps", "keys"], "readwrite", async (facts, pages, taps, keys) => {
      facts.delete("who");
      keys.delete(person);
      pages.clear();
      for (const one of await asked(taps.getAll())) if (one.person === person) taps.delete(one.n);
    });
    if (self.caches) await caches.delete(FILES);
    news?.postMessage("taps");
  }

  return { taps, add, change, drop, ask, send, keepPage, keptAt, page, arrive, leave, news, FILES };
})();
