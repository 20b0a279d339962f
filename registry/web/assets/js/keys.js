// What a key gives on the US layout, which is the one scanners are set to.
const MARKS = {
  Minus: "-_",
  Equal: "=+",
  BracketLeft: "[{",
  BracketRight: "]}",
  Backslash: "\\|",
  Semicolon: ";:",
  Quote: "'\"",
  Backquote: "`~",
  Comma: ",<",
  Period: ".>",
  Slash: "/?",
  Space: "  ",
};
const SHIFTED_DIGITS = ")!@#$%^&*(";

// The character of a KeyboardEvent by the position of its key; null for a key that types nothing.
// Caps Lock is left out on purpose: a scanner presses Shift for each capital and knows nothing of the lock.
export function characterOf({ code, shiftKey, ctrlKey }) {
  // Ctrl+] is how scanners type GS, the separator that keeps a lot and a serial number apart in a GS1 code.
  if (ctrlKey) return code === "BracketRight" ? "\x1d" : null;
  const letter = /^Key([A-Z])$/.exec(code);
  if (letter) return shiftKey ? letter[1] : letter[1].toLowerCase();
  const digit = /^(Digit|Numpad)([0-9])$/.exec(code);
  if (digit) return shiftKey && digit[1] === "Digit" ? SHIFTED_DIGITS[digit[2]] : digit[2];
  return code in MARKS ? MARKS[code][shiftKey ? 1 : 0] : null;
}
