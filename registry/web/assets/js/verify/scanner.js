// Reads QR codes from the camera and from photos. Loaded only when one of them is asked for: the browser's own detector
// where it has one, else zxing-cpp as WebAssembly, which the caller hands over.
import { BarcodeDetector as Ponyfill, prepareZXingModule } from "barcode-detector/ponyfill";

const FORMATS = ["qr_code"];
const LONGEST_SIDE = 2400; // larger photos cost seconds and show the codes no better
const BETWEEN_FRAMES_MS = 120;

let opened = null;

// {readPhoto(file), watchCamera(video, signal, onTexts)}; `loadWasm` is called once, and only where the browser cannot detect.
export function openScanner(loadWasm) {
  opened =
    opened ??
    openDetector(loadWasm).catch((fault) => {
      opened = null; // the network may be back at the next try
      throw fault;
    });
  return opened.then((detector) => ({
    readPhoto: (file) => readPhoto(detector, file),
    watchCamera: (video, signal, onTexts) => watchCamera(detector, video, signal, onTexts),
  }));
}

async function openDetector(loadWasm) {
  const Native = globalThis.BarcodeDetector;
  if (Native && (await Native.getSupportedFormats()).includes(FORMATS[0])) return new Native({ formats: FORMATS });
  prepareZXingModule({ overrides: { wasmBinary: await loadWasm() }, fireImmediately: false });
  return new Ponyfill({ formats: FORMATS });
}

// The texts of all codes in a picture file; also at other sizes, for a code may be too large or too small.
async function readPhoto(detector, file) {
  const picture = await createImageBitmap(file);
  const whole = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  for (const scale of [whole, whole / 2, Math.min(2 * whole, 2)]) {
    const texts = await detect(detector, draw(picture, scale));
    if (texts.length) return texts;
  }
  return [];
}

// Shows the camera in `video` and hands over what it reads until `signal` aborts, which may be before the permission to
// use it is given.
async function watchCamera(detector, video, signal, onTexts) {
  const wanted = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: wanted });
  const stop = () => {
    stream.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  };
  if (signal.aborted) return stop();
  signal.addEventListener("abort", stop);
  video.srcObject = stream;
  await video.play();
  while (!signal.aborted) {
    const texts = video.readyState >= video.HAVE_CURRENT_DATA ? await detect(detector, video).catch(() => []) : [];
    if (texts.length && !signal.aborted) onTexts(texts);
    await new Promise((done) => setTimeout(done, BETWEEN_FRAMES_MS));
  }
}

async function detect(detector, picture) {
  return (await detector.detect(picture)).map(({ rawValue }) => rawValue).filter(Boolean);
}

function draw(picture, scale) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}
