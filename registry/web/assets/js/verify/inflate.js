// The content of one complete zlib stream. Whoever made it may want to fill the memory, hence the cap.
import { BadHcert } from "./reasons.js";

const MAX_INFLATED_BYTES = 16 * 1024;

export async function inflate(bytes) {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const chunks = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new BadHcert("inflate", "not_compressed");
    });
    if (done) return join(chunks, size);
    size += value.length;
    if (size > MAX_INFLATED_BYTES) {
      reader.cancel().catch(() => {});
      throw new BadHcert("inflate", "too_large");
    }
    chunks.push(value);
  }
}

function join(chunks, size) {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
