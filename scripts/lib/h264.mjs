// Generates the H.264 units of a valid test video: constrained baseline, uncompressed key frames (I_PCM), and frames that repeat
// the previous frame (all macroblocks skipped). See ITU-T H.264, 7.3.

const MACROBLOCK = 16;
const PCM_BYTES = 256 + 2 * 64;

class Bits {
  #bytes = [];
  #current = 0;
  #count = 0;

  bit(value) {
    this.#current = (this.#current << 1) | value;
    if (++this.#count === 8) {
      this.#bytes.push(this.#current);
      this.#current = 0;
      this.#count = 0;
    }
    return this;
  }

  fixed(value, width) {
    for (let i = width - 1; i >= 0; i--) this.bit((value >>> i) & 1);
    return this;
  }

  /** Appends an unsigned Exp-Golomb code, 9.1. */
  ue(value) {
    const width = Math.floor(Math.log2(value + 1));
    return this.fixed(0, width).fixed(value + 1, width + 1);
  }

  align() {
    while (this.#count !== 0) this.bit(0);
    return this;
  }

  /** Appends the stop bit and pads the last byte, 7.3.2.11. */
  end() {
    return this.bit(1).align();
  }

  bytes() {
    return Buffer.from(this.#bytes);
  }
}

/** Returns the parameter sets. `width` and `height` must be multiples of 16. */
export function sequenceParameters({ width, height }) {
  const body = new Bits()
    .fixed(66, 8) // profile: baseline
    .fixed(0xc0, 8) // constrained
    .fixed(51, 8) // level 5.1: up to 240 Mbit/s, since key frames are not compressed
    .ue(0)
    .ue(0) // frame numbers have 4 bits
    .ue(2) // output order is decoding order
    .ue(1)
    .bit(0)
    .ue(width / MACROBLOCK - 1)
    .ue(height / MACROBLOCK - 1)
    .bit(1)
    .bit(1)
    .bit(0)
    .bit(0)
    .end();
  return Buffer.concat([Buffer.from([0x67]), body.bytes()]);
}

export function pictureParameters() {
  const body = new Bits().ue(0).ue(0).bit(0).bit(0).ue(0).ue(0).ue(0).bit(0).fixed(0, 2);
  body.ue(0).ue(0).ue(0).bit(1).bit(0).bit(0).end();
  return Buffer.concat([Buffer.from([0x68]), body.bytes()]);
}

/** Returns a key frame with a moving gradient. Its samples are never 0, so that no byte needs escaping (7.4.1.1). */
export function keyFrame({ width, height, index }) {
  const header = new Bits()
    .ue(0)
    .ue(7)
    .ue(0)
    .fixed(0, 4)
    .ue(1 + (index % 2)) // consecutive values differ but have the same length
    .bit(0)
    .bit(0)
    .ue(0)
    .ue(1)
    .ue(25)
    .align()
    .bytes();
  const columns = width / MACROBLOCK;
  const count = columns * (height / MACROBLOCK);
  const frame = Buffer.alloc(1 + header.length + count * PCM_BYTES + (count - 1) * 2 + 1);
  frame[0] = 0x65;
  header.copy(frame, 1);
  let at = 1 + header.length;
  for (let block = 0; block < count; block++) {
    if (block > 0) {
      frame[at++] = 0x0d; // mb_type I_PCM, aligned
      frame[at++] = 0x00;
    }
    const left = (block % columns) * MACROBLOCK;
    const top = Math.floor(block / columns) * MACROBLOCK;
    for (let y = 0; y < MACROBLOCK; y++) {
      for (let x = 0; x < MACROBLOCK; x++) frame[at++] = 40 + ((left + x + top + y + index * 5) & 0x7f);
    }
    frame.fill(96 + ((left >> 3) & 0x3f), at, at + 64);
    frame.fill(96 + (((top >> 3) + index) & 0x3f), at + 64, at + 128);
    at += 128;
  }
  frame[at] = 0x80;
  return frame;
}

/** Returns a frame that equals the previous one. `number` counts from 1 after each key frame. */
export function repeatedFrame({ width, height, number }) {
  const blocks = (width / MACROBLOCK) * (height / MACROBLOCK);
  const body = new Bits()
    .ue(0)
    .ue(5)
    .ue(0)
    .fixed(number % 16, 4)
    .bit(0)
    .bit(0)
    .bit(0)
    .ue(0)
    .ue(1)
    .ue(blocks)
    .end();
  return Buffer.concat([Buffer.from([0x41]), body.bytes()]);
}
