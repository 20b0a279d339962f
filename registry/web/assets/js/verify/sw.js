// Keeps the verifier's page and scanner for the time without a network. The server writes the line before this one:
// VERIFIER = {version, pages, assets, scanner}, so that a new build is a new worker with a cache of its own.
/* global VERIFIER */
const CACHE = `verifier-page-${VERIFIER.version}`;
const FILES = [...VERIFIER.assets, ...VERIFIER.scanner];
const PATIENCE_MS = 3000;

self.addEventListener("install", (event) => {
  const fresh = VERIFIER.pages.map((url) => new Request(url, { cache: "reload" }));
  event.waitUntil(
    keepAll([...fresh, ...VERIFIER.assets])
      .then(takeOverScanner)
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOldCaches().then(() => self.clients.claim()));
});

// Asked for by a page that stands already: the scanner must not make the first visit wait.
self.addEventListener("message", (event) => {
  if (event.data !== "keep the scanner") return;
  event.waitUntil(keepMissing(VERIFIER.scanner).then(() => event.source.postMessage("kept")));
});

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (VERIFIER.pages.includes(pathname)) event.respondWith(networkFirst(event.request, pathname));
  else if (FILES.includes(pathname)) event.respondWith(cacheFirst(event.request));
});

// What is kept also stands in for a server in trouble.
async function networkFirst(request, pathname) {
  const cache = await caches.open(CACHE);
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(request.url, { cache: "no-cache", signal: patience.signal });
    if (!answer.ok) return (await cache.match(pathname)) || answer;
    if (await isOfThisVersion(answer.clone())) await cache.put(pathname, answer.clone());
    return answer;
  } catch {
    return (await cache.match(pathname)) || Response.error();
  } finally {
    clearTimeout(timer);
  }
}

// A page of another build would stand here without its files: the worker of that build keeps it, with them.
async function isOfThisVersion(page) {
  const files = (await page.text()).match(/[^"]*\/static\/[^"]*/g) || [];
  return files.length > 0 && files.every((url) => FILES.includes(url));
}

// The name of an asset changes with its content.
async function cacheFirst(request) {
  return (await caches.match(request)) || fetch(request);
}

async function keepAll(requests) {
  return (await caches.open(CACHE)).addAll(requests);
}

// Most versions have the scanner of the one before: the camera must not stop working while it is fetched again.
async function takeOverScanner() {
  const cache = await caches.open(CACHE);
  for (const url of VERIFIER.scanner) {
    const held = await caches.match(url);
    if (held) await cache.put(url, held);
  }
}

async function keepMissing(urls) {
  const cache = await caches.open(CACHE);
  const held = await Promise.all(urls.map((url) => cache.match(url)));
  return cache.addAll(urls.filter((_url, index) => !held[index]));
}

async function dropOldCaches() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("verifier-page-") && name !== CACHE);
  return Promise.all(old.map((name) => caches.delete(name)));
}
