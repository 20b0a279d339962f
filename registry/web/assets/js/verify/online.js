// The page at /verify: renews its lists over the network, and has a service worker keep page and scanner for the time
// without one. What is exported here is what tests drive.
import { check } from "./check.js";
import { cacheStore, renewLists } from "./lists.js";
import { startPage } from "./page.js";
import { readBundle } from "./bundle.js";
import { readRevocations } from "./revocations.js";
import { walk } from "./walk.js";

export { cacheStore, check, readBundle, readRevocations, renewLists, walk };

const RENEW_EVERY_MS = 15 * 60 * 1000;

async function openScanner({ scannerUrl, wasmUrl }) {
  const scanner = await import(scannerUrl);
  return scanner.openScanner(async () => {
    const answer = await fetch(wasmUrl);
    if (!answer.ok) throw new Error("no scanner");
    return answer.arrayBuffer();
  });
}

function start(facts) {
  const root = document.documentElement;
  const page = startPage(facts, {
    renewLists: (at) => renewLists(facts, cacheStore, at),
    openScanner: () => openScanner(facts),
  });
  const renew = async () => {
    await page.renew();
    root.dataset.lists = "read";
    sayNetwork(page);
  };
  renew();
  addEventListener("online", renew);
  addEventListener("offline", () => sayNetwork(page));
  setInterval(() => document.visibilityState === "visible" && renew(), RENEW_EVERY_MS);
  // After the first paint, for the scanner is large: only then does it work without a network.
  addEventListener("load", () => keep(facts, page).catch(() => {}));
}

async function keep({ workerUrl, workerScope }, page) {
  if (!navigator.serviceWorker) return;
  await navigator.serviceWorker.register(workerUrl, { scope: workerScope });
  const { active } = await navigator.serviceWorker.ready;
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if (data !== "kept") return;
    document.documentElement.dataset.offline = "ready";
    sayNetwork(page);
  });
  navigator.serviceWorker.startMessages();
  active.postMessage("keep the scanner");
}

function sayNetwork(page) {
  const { sentences } = page.told;
  const isKept = document.documentElement.dataset.offline === "ready";
  const readiness = isKept ? sentences.works_offline : sentences.not_kept_yet;
  const { bundle, revocations } = page.lists;
  const isOnline = navigator.onLine && (bundle.isAnswered || revocations.isAnswered);
  const text = isOnline ? `${sentences.online} ${readiness}` : sentences.offline;
  document.getElementById("network").textContent = text;
}

start(JSON.parse(document.getElementById("facts").content.textContent));
