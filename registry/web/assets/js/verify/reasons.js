// The steps a certificate is walked through, in order, and the one exception that stops the walk. The codes are those
// of registry/hcert/reasons.py: one table of cases is run through both.
export const STEPS = [
  "prefix",
  "base45",
  "inflate",
  "cose",
  "claims",
  "key",
  "signature",
  "key_usage",
  "time",
  "content",
];

export class BadHcert extends Error {
  constructor(step, reason) {
    super(`${step}: ${reason}`);
    this.step = step;
    this.reason = reason;
  }
}
