// Days are ISO 8601 text (2026-05-12), which sorts as it counts; instants are seconds since 1970.
const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
export const SECONDS_A_DAY = 86400;

// Whether the calendar has this day: 2026-02-30 is none, and there is no year 0.
export function isDay(text) {
  if (!DAY.test(text) || text.startsWith("0000")) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && isoDay(day) === text;
}

// 12 MAR 1955, MAR 1955 or 1955: as much as is known, and no country reads it the other way round.
export function spell(text) {
  const [year, month, day] = text.split("-");
  return [day, month && MONTHS[month - 1], year].filter(Boolean).join(" ");
}

export function addDays(text, days) {
  return isoDay(new Date(Date.parse(`${text}T00:00:00Z`) + days * SECONDS_A_DAY * 1000));
}

// The same day of a later month, or that month's last day: 29 February becomes 28 February.
export function addMonths(text, months) {
  const [year, month, day] = text.split("-").map(Number);
  const last = new Date(Date.UTC(year, month + months, 0));
  last.setUTCDate(Math.min(day, last.getUTCDate()));
  return isoDay(last);
}

// The day of a number of days since 1970, as revocation lists count.
export function dayOfNumber(number) {
  return isoDay(new Date(number * SECONDS_A_DAY * 1000));
}

// The calendar day of an instant where the registry's clock hangs.
export function localDay(at, timezone) {
  return new Intl.DateTimeFormat("en-CA", {
    timeZone: timezone,
    calendar: "gregory",
    numberingSystem: "latn",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).format(at * 1000);
}

// An instant by this device's own clock: 22 NOV 2026, 10:50 UTC+0600.
export function spellMoment(at) {
  const local = new Date(at * 1000);
  const offset = -local.getTimezoneOffset();
  const shifted = new Date(local.getTime() + offset * 60000);
  const hours = String(Math.floor(Math.abs(offset) / 60)).padStart(2, "0");
  const minutes = String(Math.abs(offset) % 60).padStart(2, "0");
  const clock = shifted.toISOString().slice(11, 16);
  return `${spell(isoDay(shifted))}, ${clock} UTC${offset < 0 ? "-" : "+"}${hours}${minutes}`;
}

// The calendar day of an instant in Greenwich.
export function utcDay(at) {
  return isoDay(new Date(at * 1000));
}

// No day is later than the last that has four digits for its year: text must go on sorting as days do.
function isoDay(date) {
  return date.getUTCFullYear() > 9999 ? "9999-12-31" : date.toISOString().slice(0, 10);
}
