// The WHO's digital vaccination certificate (sub-claim -6) in its three generations, told apart by shape: `vx` is
// generation 3, `v` a list generation 2, `v` a map generation 1. Field -> its keys, as in registry/hcert/dvc.py.
import { isDay } from "./dates.js";
import { BadHcert } from "./reasons.js";

const ALWAYS = ["name", "birth_date", "product_id", "given_on", "lot"];
const PERSON = { name: ["n"], birth_date: ["dob"], sex: ["s"], guardian: ["gn"] };
const DOSE = {
  product_id: ["vp"],
  given_on: ["dt"],
  clinician: ["cn"],
  issuer: ["is"],
  lot: ["bo"],
  valid_from: ["vls"],
  valid_until: ["vle"],
};
const SHAPES = {
  1: {
    person: { ...PERSON, nationality: ["ntl"], document_number: ["nid"] },
    dose: { ...DOSE, disease: ["tg"], brand: ["mp"], manufacturer: ["ma"], dose: ["dn"] },
  },
  2: {
    person: { ...PERSON, nationality: ["ntl"], document_number: ["nid"], document_type: ["ndt"] },
    dose: DOSE,
  },
  3: {
    person: {
      ...PERSON,
      nationality: ["nt"],
      document_number: ["id"],
      document_type: ["dt"],
      template: ["v"],
      issued_on: ["d"],
    },
    dose: {
      ...DOSE,
      given_on: ["dv", "dt"],
      disease: ["tg"],
      brand: ["mp"],
      vaccine_type: ["tp"],
      entry_from: ["ef"],
      entry_until: ["eu"],
    },
  },
};
const TYPES = { C: "conjugate", P: "polysaccharide" };

const READERS = {
  birth_date: (text) => (isDay(text + "0000-01-01".slice(text.length)) ? text : null),
  given_on: readDay,
  issued_on: readDay,
  valid_from: readDay,
  valid_until: readDay,
  entry_from: readDay,
  entry_until: readDay,
  vaccine_type: (code) => TYPES[code] ?? "not_stated",
};

// Every dose in the payload, days as ISO text; generation 2 may carry several, 1 and 3 one.
export function readVaccinations(payload) {
  const doses = payload.get("v");
  if (payload.has("vx")) return [wholeWindow(read(payload, payload.get("vx"), SHAPES[3]))];
  if (doses instanceof Map) return [read(payload, doses, SHAPES[1])];
  if (Array.isArray(doses) && doses.length) return doses.map((dose) => read(payload, dose, SHAPES[2]));
  throw new BadHcert("content", "unknown_shape");
}

// First and last day by which a verifier judges, undefined where none is stated: the whole certificate's come first.
export function windowOf({ entry_from, entry_until, valid_from, valid_until }) {
  return entry_from || entry_until ? [entry_from, entry_until] : [valid_from, valid_until];
}

// Until November 2026 generation 3 had the days of the whole certificate under the keys of the dose's own.
function wholeWindow({ valid_from, valid_until, ...claim }) {
  const own = { ...(valid_from && { valid_from }), ...(valid_until && { valid_until }) };
  if (claim.entry_from || claim.entry_until) return { ...claim, ...own };
  return { ...claim, ...(valid_from && { entry_from: valid_from }), ...(valid_until && { entry_until: valid_until }) };
}

function read(person, dose, shape) {
  if (!(dose instanceof Map)) throw unreadable();
  const claim = { ...readPart(person, shape.person), ...readPart(dose, shape.dose) };
  if (ALWAYS.some((name) => !(name in claim))) throw unreadable();
  return { vaccine_type: "not_stated", ...claim };
}

function readPart(part, keys) {
  const fields = {};
  for (const [name, alternatives] of Object.entries(keys)) {
    const value = alternatives.map((key) => part.get(key) ?? "").find((found) => found !== "");
    if (value !== undefined) fields[name] = readText(name, value);
  }
  return fields;
}

function readText(name, value) {
  if (typeof value !== "string") throw unreadable();
  const text = name in READERS ? READERS[name](value) : value;
  if (text === null) throw unreadable();
  return text;
}

function readDay(text) {
  return isDay(text) ? text : null;
}

function unreadable() {
  return new BadHcert("content", "unreadable_content");
}
