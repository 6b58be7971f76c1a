// Writes a valid MP4 of an exact size without other tools: H.264 frames that players can decode, and matching tables.
// The demo and the tests therefore need neither ffmpeg nor large fixtures.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, open, truncate } from 'node:fs/promises';
import { keyFrame, pictureParameters, repeatedFrame, sequenceParameters } from './h264.mjs';

const u16 = (value) => Buffer.from([value >>> 8, value & 0xff]);
const u32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const zeros = (count) => Buffer.alloc(count);
const text = (value) => Buffer.from(value, 'latin1');

const box = (type, ...parts) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([u32(8 + body.length), text(type), body]);
};
const full = (type, flags, ...parts) => box(type, u32(flags), ...parts);

const MATRIX = Buffer.concat([0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000].map(u32));
const SMALLEST_FREE_BOX = 8;

/**
 * Writes `path` with exactly `bytes` bytes and returns `{ bytes, sha256, durationMs, width, height, frames }`. The
 * video lasts at least `seconds`, or longer if the size requires more frames. Holds one frame in memory.
 */
export async function writeMp4(path, { bytes, seconds = 4, fps = 30, width = 576, height = 1024 }) {
  const plan = planFrames({ bytes, seconds, fps, width, height });
  const hash = createHash('sha256');
  const file = await open(path, 'w');
  try {
    const write = async (part) => {
      hash.update(part);
      await file.appendFile(part);
    };
    await write(plan.head);
    await write(Buffer.concat([u32(8 + plan.mediaBytes), text('mdat')]));
    for (let index = 0; index < plan.frames; index++) {
      const sample = plan.sample(index);
      await write(Buffer.concat([u32(sample.length), sample]));
    }
  } finally {
    await file.close();
  }
  const durationMs = Math.round((plan.frames * 1000) / fps);
  return { bytes, sha256: hash.digest('hex'), durationMs, width, height, frames: plan.frames };
}

function planFrames({ bytes, seconds, fps, width, height }) {
  const keyBytes = 4 + keyFrame({ width, height, index: 0 }).length;
  const repeatBytes = 4 + repeatedFrame({ width, height, number: 1 }).length;
  const headBytes = (frames, keys) =>
    head({ frames, keys, keyBytes, repeatBytes, fps, width, height, free: SMALLEST_FREE_BOX }).length + 8;
  const total = (frames, keys) =>
    headBytes(frames, keys) + keys * keyBytes + (frames - keys) * repeatBytes;

  let frames = Math.ceil(seconds * fps);
  const smallest = total(frames, 1);
  if (bytes < smallest) throw new RangeError(`a video of ${seconds} s needs at least ${smallest} bytes, not ${bytes}`);
  let keys = Math.max(1, Math.floor((bytes - total(frames, 0)) / (keyBytes + 4)));
  if (keys > frames) {
    frames = Math.floor((bytes - total(0, 0)) / (keyBytes + 8));
    keys = frames;
  }
  while (keys > 1 && total(frames, keys) > bytes) keys -= 1;
  const free = SMALLEST_FREE_BOX + bytes - total(frames, keys);
  return {
    frames,
    head: head({ frames, keys, keyBytes, repeatBytes, fps, width, height, free }),
    mediaBytes: keys * keyBytes + (frames - keys) * repeatBytes,
    sample: (index) =>
      index < keys
        ? keyFrame({ width, height, index })
        : repeatedFrame({ width, height, number: index - keys + 1 }),
  };
}

/**
 * Returns everything before the media data: ftyp, moov (so that playback can start during the download) and a free box
 * as padding.
 */
function head(shape) {
  const type = box('ftyp', text('isom'), u32(0x200), text('isomavc1'));
  const free = Buffer.concat([u32(shape.free), text('free'), zeros(shape.free - 8)]);
  const before = type.length + movie(shape, 0).length + free.length + 8;
  return Buffer.concat([type, movie(shape, before), free]);
}

function movie({ frames, keys, keyBytes, repeatBytes, fps, width, height }, mediaAt) {
  const scale = fps * 1000;
  const duration = frames * 1000;
  const sps = sequenceParameters({ width, height });
  const pps = pictureParameters();
  const avcC = box(
    'avcC',
    Buffer.from([1, sps[1], sps[2], sps[3], 0xff, 0xe1]),
    u16(sps.length),
    sps,
    Buffer.from([1]),
    u16(pps.length),
    pps,
  );
  const picture = [u16(width), u16(height), u32(0x480000), u32(0x480000), zeros(4), u16(1), zeros(32)];
  const avc1 = box('avc1', zeros(6), u16(1), zeros(16), ...picture, u16(24), u16(0xffff), avcC);
  const sizes = Array.from({ length: frames }, (_, index) => u32(index < keys ? keyBytes : repeatBytes));
  const keyNumbers = Array.from({ length: keys }, (_, index) => u32(index + 1));
  const tables = box(
    'stbl',
    full('stsd', 0, u32(1), avc1),
    full('stts', 0, u32(1), u32(frames), u32(1000)),
    full('stss', 0, u32(keys), ...keyNumbers),
    full('stsc', 0, u32(1), u32(1), u32(frames), u32(1)),
    full('stsz', 0, u32(0), u32(frames), ...sizes),
    full('stco', 0, u32(1), u32(mediaAt)),
  );
  const data = box('dinf', full('dref', 0, u32(1), full('url ', 1)));
  const info = box('minf', full('vmhd', 1, zeros(8)), data, tables);
  const media = box(
    'mdia',
    full('mdhd', 0, zeros(8), u32(scale), u32(duration), u16(0x55c4), u16(0)),
    full('hdlr', 0, zeros(4), text('vide'), zeros(12), text('video\0')),
    info,
  );
  const track = box(
    'trak',
    full('tkhd', 3, zeros(8), u32(1), zeros(4), u32(duration), zeros(16), MATRIX, u32(width << 16), u32(height << 16)),
    media,
  );
  const times = [zeros(8), u32(scale), u32(duration), u32(0x10000), u16(0x100), zeros(10)];
  return box('moov', full('mvhd', 0, ...times, MATRIX, zeros(24), u32(2)), track);
}

/**
 * Writes a small video followed by a box that players skip, `bytes` bytes in total. The file is sparse and uses almost
 * no disk space. Returns its SHA-256.
 */
export async function writeSparseMp4(path, bytes) {
  const video = await writeMp4(path, { bytes: 1_000_000 });
  const box = Buffer.alloc(16);
  box.writeUInt32BE(1);
  box.write('free', 4, 'latin1');
  box.writeBigUInt64BE(BigInt(bytes - video.bytes), 8);
  await appendFile(path, box);
  await truncate(path, bytes);
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(piece);
  return hash.digest('hex');
}
