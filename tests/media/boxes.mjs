// Changes MP4 files so that they resemble files from known encoders. tests/media/cases.mjs lists the cases.

const PARENTS = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl', 'mvex', 'moof', 'traf']);

/** Returns an MP4 box: the header and `content`. */
export function box(kind, content) {
  const bytes = Buffer.alloc(8 + content.length);
  bytes.writeUInt32BE(bytes.length);
  bytes.write(kind, 4, 'latin1');
  content.copy(bytes, 8);
  return bytes;
}

/** Yields the boxes of `bytes`. `around` contains the positions of a box's parents, the outermost first. */
function* all(bytes, start = 0, end = bytes.length, around = []) {
  for (let at = start; at + 8 <= end; ) {
    const size = bytes.readUInt32BE(at);
    const kind = bytes.toString('latin1', at + 4, at + 8);
    if (size < 8 || at + size > end) return;
    yield { kind, at, size, around };
    if (PARENTS.has(kind)) yield* all(bytes, at + 8, at + size, [...around, at]);
    at += size;
  }
}

function first(bytes, kind) {
  for (const found of all(bytes)) if (found.kind === kind) return found;
  throw new Error(`there is no box ${kind}`);
}

/** Returns the position of the content of the first box of this kind. */
const content = (bytes, kind) => first(bytes, kind).at + 8;

/** Rotates the video with the matrix in the first `mvhd` or `tkhd` box. */
export const turned = (kind, [a, b, c, d]) => (bytes) => {
  const header = content(bytes, kind);
  const matrix = header + { mvhd: [36, 48], tkhd: [40, 52] }[kind][bytes[header]];
  [a, b, 0, c, d].forEach((number, n) => bytes.writeInt32BE(number * 0x10000, matrix + n * 4));
  return bytes;
};

/** Changes the duration in the first `mvhd` or `mdhd` box. `change` receives the timescale and the duration. */
export const stated = (kind, change) => (bytes) => {
  const scale = content(bytes, kind) + 12;
  bytes.writeUInt32BE(change(bytes.readUInt32BE(scale), bytes.readUInt32BE(scale + 4)), scale + 4);
  return bytes;
};

/** Sets the duration of the last sample of the first track to 0. The index must be at the end of the file, because it grows. */
export function withoutLastDuration(bytes) {
  const { at, size, around } = first(bytes, 'stts');
  const last = at + size - 8;
  const [count, delta] = [bytes.readUInt32BE(last), bytes.readUInt32BE(last + 4)];
  const entries = Buffer.alloc(count > 1 ? 16 : 8);
  [count > 1 ? [count - 1, delta, 1, 0] : [1, 0]].flat().forEach((number, n) => entries.writeUInt32BE(number, n * 4));
  if (count > 1) {
    for (const parent of [...around, at]) bytes.writeUInt32BE(bytes.readUInt32BE(parent) + 8, parent);
    bytes.writeUInt32BE(bytes.readUInt32BE(at + 12) + 1, at + 12);
  }
  return Buffer.concat([bytes.subarray(0, last), entries, bytes.subarray(last + 8)]);
}

/** Renames the first box of the kind `from`. */
export const renamed = (from, to) => (bytes) => {
  bytes.write(to, content(bytes, from) - 4, 'latin1');
  return bytes;
};

/** Removes everything before the first box of this kind. */
export const from = (kind) => (bytes) => bytes.subarray(first(bytes, kind).at);

export const before = (...parts) => (bytes) => Buffer.concat([...parts, bytes]);
export const behind = (...parts) => (bytes) => Buffer.concat([bytes, ...parts]);
export const cut = (share) => (bytes) => bytes.subarray(0, Math.floor(bytes.length * share));
