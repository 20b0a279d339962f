// A short tone for each answer, when it is wished for: high for a valid certificate, low for any other.
let context = null;

export function beep(isGood) {
  context = context ?? new AudioContext();
  const tone = context.createOscillator();
  tone.frequency.value = isGood ? 880 : 330;
  tone.connect(context.destination);
  tone.start();
  tone.stop(context.currentTime + (isGood ? 0.12 : 0.4));
}
