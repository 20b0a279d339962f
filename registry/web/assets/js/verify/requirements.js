// Does a dose satisfy a requirement for entry? registry/campaigns/rules.py for one dose; the terms themselves are data.
import { addDays, addMonths } from "./dates.js";

const TERMS = {
  years_by_type: ({ years_by_type: years }, { given_on: given }, type) => {
    const term = type in years ? years[type] : years.unknown;
    return term === undefined ? "unknown_type" : addMonths(given, 12 * term);
  },
  season: ({ months, season_starts_on: starts }, { given_on: given }) => {
    const until = addMonths(given, months ?? 0);
    const lastOfEarlier = starts ? addDays(starts, -1) : null;
    return starts && given < starts && lastOfEarlier < until ? lastOfEarlier : until;
  },
  period: ({ season_starts_on: starts, season_ends_on: ends }, { given_on: given }) =>
    (starts && given < starts) || (ends && ends < given) ? "missing" : null,
  months: ({ months }, { given_on: given }) => addMonths(given, months ?? 0),
  lifelong: () => null,
};

// {result, first, until} of a dose for an arrival on a day; `until` is null where it counts for life.
export function evaluate({ requirement, vaccineType }, claim, on) {
  const type = claim.vaccine_type === "not_stated" ? vaccineType : claim.vaccine_type;
  const until = TERMS[requirement.validity](requirement, claim, type);
  if (until === "unknown_type" || until === "missing") return { result: until, first: null, until: null };
  // The day of vaccination is day 0: a dose of 1 May serves an arrival on 11 May.
  const first = addDays(claim.given_on, requirement.min_days_before_arrival);
  return { result: place(on, first, until), first, until };
}

function place(on, first, until) {
  // A dose whose term ends before it begins never counts, whatever the arrival.
  if (until !== null && (until < on || until < first)) return "expired";
  return on < first ? "not_yet" : "met";
}
