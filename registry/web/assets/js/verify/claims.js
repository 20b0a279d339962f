// What is signed: a CBOR web token (RFC 8392) with the health certificate under claim -260.
import { LIST_CONTENT_TYPE, loadAt } from "./cose.js";
import { BadHcert } from "./reasons.js";

const ISSUER = 1n;
const EXPIRY = 4n;
const NOT_BEFORE = 5n;
const ISSUED = 6n;
const CERTIFICATE_ID = 7n;
const HCERT = -260n;
export const LAST_SECOND = 253402300799n; // the end of the year 9999
const UUID_BYTES = 16;

export const KINDS = { EU_DCC: 1n, DDCC_VACCINATION: 3n, DDCC_TEST: 4n, LINK: 5n, DVC: -6n };

// {kind, content, issuer, issuedAt, expiresAt, notBefore, id}; instants in seconds, null where absent; `id` is the 16
// bytes of a UUID or null.
export function readClaims({ contentType, payload }) {
  if (contentType === LIST_CONTENT_TYPE) throw new BadHcert("claims", "revocation_list");
  const token = loadAt("claims", payload);
  if (!(token instanceof Map)) throw new BadHcert("claims", "not_claims");
  const [kind, content] = readKind(token.get(HCERT));
  const issuer = token.get(ISSUER) ?? null;
  const cti = token.get(CERTIFICATE_ID) ?? null;
  if ((issuer !== null && typeof issuer !== "string") || (cti !== null && !(cti instanceof Uint8Array))) {
    throw new BadHcert("claims", "wrong_claim");
  }
  return {
    kind,
    content,
    issuer,
    issuedAt: readInstant(token.get(ISSUED)),
    expiresAt: readInstant(token.get(EXPIRY)),
    notBefore: readInstant(token.get(NOT_BEFORE)),
    id: cti && cti.length === UUID_BYTES ? cti : null,
  };
}

function readKind(hcert) {
  if (!(hcert instanceof Map) || hcert.size === 0) throw new BadHcert("claims", "no_health_certificate");
  const kinds = Object.values(KINDS).filter((kind) => hcert.has(kind));
  if (kinds.length === 0) return [null, hcert];
  if (kinds.length > 1) throw new BadHcert("claims", "several_kinds");
  const content = hcert.get(kinds[0]);
  // A link circulates as text and as a list of objects; every other kind is a map.
  const isLink = kinds[0] === KINDS.LINK && (typeof content === "string" || Array.isArray(content));
  if (!isLink && !(content instanceof Map)) throw new BadHcert("claims", "no_health_certificate");
  return [kinds[0], content];
}

function readInstant(value) {
  if (value === undefined || value === null) return null;
  const isNumber = typeof value === "bigint" || typeof value === "number";
  if (!isNumber || value < 0n || value > LAST_SECOND) throw new BadHcert("claims", "wrong_claim");
  // RFC 8392 allows fractions and several issuers write them; the second in which the instant lies counts.
  return Math.floor(Number(value));
}
