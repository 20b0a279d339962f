// The verifier's page: the ways in, one answer after another. What differs between the page and the exported file is
// handed over as `ways`: {renewLists(at), openScanner()}.
import { check } from "./check.js";
import { spellMoment } from "./dates.js";
import { beep } from "./sound.js";
import { showLists } from "./status.js";
import { addressOfLink } from "./links.js";
import { understand } from "./reading.js";
import { mayHoldSigned } from "./signed_texts.js";
import { cleanText } from "./texts.js";
import { showFindings } from "./view.js";
import { listenForScans } from "./wedge.js";

// A camera that first sees the code with the link waits so long for one of the signed codes beside it.
const PREFER_SIGNED_MS = 1500;

export function startPage(facts, ways) {
  const page = new Page(facts, ways);
  page.connect();
  listenForScans((text) => page.answer([text]));
  return page;
}

class Page {
  constructor(facts, ways) {
    this.facts = facts;
    this.ways = ways;
    this.lists = { bundle: { list: null, fault: "missing" }, revocations: { list: null, fault: "missing" } };
    this.camera = null; // aborts the one that is open, or being opened
    this.usedCamera = false;
  }

  // Anew whenever the body was replaced by that of another language.
  connect() {
    this.told = JSON.parse(element("told").content.textContent);
    element("camera").addEventListener("click", () => this.openCamera());
    element("stop").addEventListener("click", () => this.closeCamera());
    element("photo").addEventListener("change", ({ target }) => this.readPhoto(target));
    element("typed").addEventListener("submit", (event) => this.readTyped(event));
    element("next").addEventListener("click", () => this.showWays());
    element("text").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.defaultPrevented) this.readTyped(event);
    });
    showLists(this.lists, this.facts, this.told, now());
  }

  async renew() {
    this.lists = await this.ways.renewLists(now());
    showLists(this.lists, this.facts, this.told, now());
  }

  async answer(texts) {
    this.closeCamera();
    this.complain(null);
    if (!globalThis.DecompressionStream || !crypto.subtle) return this.complain("browser_too_old");
    const at = now();
    const findings = await Promise.all(texts.map((text) => check(text, this.lists, this.facts, at)));
    element("text").value = "";
    element("ways").hidden = true;
    element("answer").hidden = false;
    showFindings(findings, this.told, this.context(at)).focus();
    if (element("sound").checked) beep(findings.every(({ verdict }) => verdict === "valid"));
  }

  context(at) {
    const { bundle } = this.lists;
    return {
      checkUrl: this.facts.checkUrl,
      registry: this.facts.registry,
      checkedAt: spellMoment(at),
      diseases: bundle.list ? bundle.list.diseases : {},
    };
  }

  showWays() {
    element("answer").hidden = true;
    element("ways").hidden = false;
    if (this.usedCamera) this.openCamera();
    else element("text").focus();
  }

  readTyped(event) {
    event.preventDefault();
    const text = element("text").value;
    this.usedCamera = false;
    if (cleanText(text)) this.answer([text]);
    else this.complain("nothing_typed");
  }

  async readPhoto(input) {
    const [file] = input.files;
    if (!file) return;
    this.usedCamera = false;
    this.complain(null);
    try {
      const scanner = await this.openScanner();
      const texts = await scanner.readPhoto(file);
      if (texts.length) await this.answer(preferSigned(texts));
      else this.complain("no_code_found");
    } catch ({ complaint }) {
      this.complain(complaint ?? "photo_unreadable");
    }
    input.value = "";
  }

  async openCamera() {
    this.complain(null);
    this.closeCamera();
    this.usedCamera = true;
    element("viewfinder").hidden = false;
    const begun = Date.now();
    const { signal } = (this.camera = new AbortController());
    try {
      const scanner = await this.openScanner();
      await scanner.watchCamera(element("video"), signal, (texts) => {
        if (texts.some(mayHoldSigned)) this.answer(preferSigned(texts));
        else if (Date.now() - begun > PREFER_SIGNED_MS) this.answerOrPointOn(texts, signal);
      });
    } catch ({ complaint }) {
      if (signal.aborted) return;
      this.usedCamera = false;
      this.closeCamera();
      this.complain(complaint ?? "no_camera");
    }
  }

  // The paper's link says nothing here, but the codes that do stand beside it: the camera stays open for them.
  async answerOrPointOn([text], signal) {
    const address = addressOfLink(await understand(text), this.facts.registry);
    if (signal.aborted) return;
    if (address === null) return this.answer([text]);
    element("only-link-online").href = address;
    element("only-link").hidden = false;
  }

  openScanner() {
    return this.ways.openScanner().catch((fault) => {
      throw Object.assign(fault, { complaint: "no_scanner" });
    });
  }

  closeCamera() {
    if (this.camera) this.camera.abort();
    this.camera = null;
    element("viewfinder").hidden = true;
    element("only-link").hidden = true;
  }

  complain(name) {
    const { sentences, answers } = this.told;
    const complaint = element("complaint");
    complaint.hidden = name === null;
    complaint.textContent = name === null ? "" : (sentences[name] ?? answers[name]);
  }
}

// The sheet's third code is a link, which says nothing without a network.
function preferSigned(texts) {
  const signed = texts.filter(mayHoldSigned);
  return signed.length ? [...new Set(signed)] : texts.slice(0, 1);
}

function element(id) {
  return document.getElementById(id);
}

function now() {
  return Math.floor(Date.now() / 1000);
}
