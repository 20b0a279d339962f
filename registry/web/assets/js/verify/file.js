// The exported file: lists, scanner and all four languages are inside, and no network is used.
import { readBundle } from "./bundle.js";
import { startPage } from "./page.js";
import { readRevocations } from "./revocations.js";
import { openScanner } from "./scanner.js";
import { fromBase64 } from "./signatures.js";

async function readLists(facts, at) {
  const anchors = { keys: facts.anchors };
  return {
    bundle: await readOne(facts.bundle, (bytes) => readBundle(bytes, anchors)),
    revocations: await readOne(facts.revocations, (bytes) => readRevocations(bytes, anchors, at)),
  };
}

async function readOne(text, read) {
  const list = await read(fromBase64(text)).catch(() => null);
  return { list, fault: list ? null : "unreadable", notice: null };
}

async function unpackWasm() {
  const packed = fromBase64(document.getElementById("scanner").content.textContent);
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

// Puts the page in another language in the place of the present one.
function speak(language, page) {
  const { content, dataset } = document.querySelector(`template[data-language="${language}"]`);
  page.closeCamera();
  document.getElementById("page").replaceChildren(content.cloneNode(true));
  document.documentElement.lang = dataset.language;
  document.documentElement.dir = dataset.direction;
  document.title = dataset.title;
  document.querySelectorAll("style[data-direction]").forEach((style) => {
    style.media = style.dataset.direction === dataset.direction ? "all" : "not all";
  });
  connect(page);
}

function connect(page) {
  page.connect();
  document.querySelectorAll("[data-speak]").forEach((button) => {
    button.addEventListener("click", () => speak(button.dataset.speak, page));
  });
  document.getElementById("network").textContent = page.told.sentences.in_file;
}

async function start(facts) {
  const renewLists = (at) => readLists(facts, at);
  const page = startPage(facts, { renewLists, openScanner: () => openScanner(unpackWasm) });
  connect(page);
  await page.renew();
  document.documentElement.dataset.lists = "read";
}

start(JSON.parse(document.getElementById("facts").content.textContent));
