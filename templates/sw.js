// Opens registers off line, from what this phone has kept. Everything else goes to the hub as ever.
importScripts("{% static 'js/kept.js' %}");

const REGISTERS = /^\/(registers\/|sessions\/\d+\/register\/)$/;
const PATIENCE = 4000; // milliseconds that a poor line is given, where something is kept
const HEADERS = { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Content-Security-Policy": {{ policy|safe }} };

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function fromPhone(path) {
  const found = await kept.page(path).catch(() => null);
  if (!found) return null;
  const html = found.html.replace("<html", `<html data-kept="${found.at}"`);
  return new Response(html, { headers: HEADERS });
}

async function register(request) {
  const path = new URL(request.url).pathname;
  const line = fetch(request);
  const late = new Promise((done) => setTimeout(() => done(null), PATIENCE));
  try {
    const answer = await Promise.race([line, late]);
    if (answer && answer.status < 500) return answer;
    return (await fromPhone(path)) ?? (await line);
  } catch (noLine) {
    const found = await fromPhone(path);
    if (found) return found;
    throw noLine;
  }
}

async function file(request) {
  try {
    return await fetch(request);
  } catch (noLine) {
    const found = await (await caches.open(kept.FILES)).match(request.url);
    if (found) return found;
    throw noLine;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && REGISTERS.test(url.pathname)) event.respondWith(register(request));
  else if (url.pathname.startsWith("/static/") || ["/manifest.webmanifest", "/look.css", "/logo"].includes(url.pathname)) event.respondWith(file(request));
});
