// The two lists the verdict rests on, held on this device: renewed where there is a network, never made older.
import { readBundle } from "./bundle.js";
import { readRevocations } from "./revocations.js";

const PATIENCE_MS = 3000;

// {bundle, revocations}: each {list, fault, notice, isAnswered}. `list` is null where there is none to rely on, `fault`
// then says "missing" or "unreadable"; `notice` why what the registry offered was refused: "unreadable", "rolled_back".
export async function renewLists(facts, store, at) {
  const anchors = { keys: facts.anchors };
  const [bundle, revocations] = await Promise.all([
    renew(store, facts.bundleUrl, (bytes) => readBundle(bytes, anchors)),
    renew(store, facts.revocationsUrl, (bytes) => readRevocations(bytes, anchors, at)),
  ]);
  return { bundle, revocations };
}

async function renew(store, url, read) {
  const heldBytes = await store.read(url);
  const held = heldBytes && (await read(heldBytes).catch(() => null));
  const fault = held ? null : heldBytes ? "unreadable" : "missing";
  const offeredBytes = await download(url);
  const isAnswered = offeredBytes !== null;
  if (!isAnswered) return { list: held, fault, notice: null, isAnswered };
  const offered = await read(offeredBytes).catch(() => null);
  if (!offered) return { list: held, fault: held ? null : "unreadable", notice: "unreadable", isAnswered };
  if (held && offered.issuedAt < held.issuedAt) return { list: held, fault: null, notice: "rolled_back", isAnswered };
  await store.write(url, offeredBytes);
  return { list: offered, fault: null, notice: null, isAnswered };
}

// The body, or null without a network, in its absence, or when it takes too long.
async function download(url) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(url, { cache: "no-cache", credentials: "omit", signal: patience.signal });
    return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

// Kept as the bytes that were signed: whoever changes them on the device is found out when they are read.
export const cacheStore = {
  async read(url) {
    const kept = await open().then((cache) => cache.match(url)).catch(() => null);
    return kept ? new Uint8Array(await kept.arrayBuffer()) : null;
  },
  async write(url, bytes) {
    await open().then((cache) => cache.put(url, new Response(bytes))).catch(() => {});
  },
};

async function open() {
  return caches.open("verifier-lists");
}
