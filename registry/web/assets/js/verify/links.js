// Verification links within a text, and whose they are: registry/verification/rules/links.py in the browser.
import { strip } from "./texts.js";

const TOKEN = /\/v\/([\w-]{20,32})(?![\w-])/g;
const REST = /^ *([\w-]+)/;
const DELIMITERS = /[<>"'`“”„«»()\\[\]{}|,;*]/;
const SCHEME = /https?:\/\//i;
const HOST = /[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:\/.*)?$/;
// A word, or the number of a line: never the address of a site that leads on.
const LABEL = /^(?:[0-9]{1,4}\.)?[^./?=&@#%\\]*$/;
const USUAL_PORT = /:(?:80|443)$/;
const LONGEST_SITE = 300;
const MOST_LOOKED_AT = 50;
const TOKEN_LENGTH = 22;

// The first two different links of a text, {site, token}; where no line has one, a link that is broken over lines.
// `site`: host and path before /v/, plain; "" where only the path was given, null where it is some other thing.
export function findLinks(lines) {
  const found = firstTwo(lines.flatMap((line, number) => linksIn(line, lines[number + 1] ?? "")));
  return found.length ? found : firstTwo(linksIn(lines.map(strip).join(""), ""));
}

// The address of a link that leads to this register, or null for any other.
export function addressOfLink({ form, site, text }, registry) {
  const isOurs = form === "link" && ["", plainSite(registry)].includes(site);
  return isOurs ? `${registry}/v/${text}` : null;
}

// An address to be compared: without scheme, www. and the usual ports, its host in small letters.
export function plainSite(address) {
  const rest = address.replace(SCHEME, "").replace(/\/+$/, "");
  const slash = rest.indexOf("/");
  const [host, path] = slash < 0 ? [rest, ""] : [rest.slice(0, slash), rest.slice(slash)];
  return host.toLowerCase().replace(USUAL_PORT, "").replace(/^www\./, "") + path;
}

function firstTwo(links) {
  const first = new Map();
  for (const link of links.slice(0, MOST_LOOKED_AT)) {
    if (!first.has(link.token)) first.set(link.token, link); // programs write an address twice: what is read, what is opened
  }
  return [...first.values()].slice(0, 2);
}

function linksIn(line, after) {
  return [...line.matchAll(TOKEN)].map(({ 0: whole, 1: token, index }) => {
    const ahead = line.slice(Math.max(0, index - LONGEST_SITE), index);
    const isLast = index + whole.length === line.replace(/ +$/, "").length;
    const completed = isLast ? withRest(token, after) : token;
    return { site: siteIn(ahead.slice(ahead.lastIndexOf(" ") + 1)), token: withoutMarks(completed) };
  });
}

// With its last letters from the next line, where the line broke before them.
function withRest(token, after) {
  const rest = REST.exec(after);
  return rest && token.length + rest[1].length === TOKEN_LENGTH ? token + rest[1] : token;
}

// Chats put _ around what leans; a token of another length is another register's.
function withoutMarks(token) {
  return /^[_-]*$/.test(token.slice(TOKEN_LENGTH)) ? token.slice(0, TOKEN_LENGTH) : token;
}

// The site that a browser would open; null where the address begins in a way that no link of a register does.
function siteIn(ahead) {
  const before = ahead.split(DELIMITERS).pop();
  // Within an address even a bracket is a part of it: what stands there may lead to a stranger's page first.
  if (ahead.length >= LONGEST_SITE || ahead.slice(0, ahead.length - before.length).includes("/")) return null;
  const scheme = SCHEME.exec(before);
  if (scheme) {
    // What stands before the scheme may be a label, but not the address of a site that leads on to this one.
    const isLabel = LABEL.test(before.slice(0, scheme.index));
    return isLabel ? plainSite(before.slice(scheme.index + scheme[0].length)) : null;
  }
  if (before.includes("://")) return null;
  const host = HOST.exec(before);
  return host ? plainSite(host[0]) : "";
}
