// What the registry prepares for this page: the keys it trusts and the rules of entry, as signed JSON.
import { readSign1 } from "./cose.js";
import { findSigner } from "./signatures.js";

const BUNDLE_CONTENT_TYPE = "application/x.verifier-bundle+json";

// Throws an Error for a bundle that is damaged or not signed by one of the installation's own keys.
export async function readBundle(bytes, anchors) {
  const sign1 = readSign1(bytes);
  if (sign1.contentType !== BUNDLE_CONTENT_TYPE) throw new Error("not a bundle");
  await findSigner(sign1, anchors);
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(sign1.payload));
}
