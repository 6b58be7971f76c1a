import busboy from 'busboy';
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { Refusal } from './respond.js';

/** TikTok takes videos up to this size (docs/tiktok-api.md 5.10). */
const MAX_VIDEO_BYTES = 4_000_000_000;
/** Room for the form's other fields and the boundaries between them. */
const FORM_BYTES = 1_000_000;
const MAX_FIELD_BYTES = 64 * 1024;
/** A file of this age was left by a process that ended early: TikTok takes bytes for one hour (docs/tiktok-api.md 5.3). */
const LEFT_BEHIND_MS = 24 * 60 * 60 * 1000;

const swept = new Set<string>();

export interface Upload {
  file: string;
  sizeBytes: number;
  fields: Map<string, string>;
  remove: () => Promise<void>;
}

export interface UploadSettings {
  directory?: string | undefined;
  maxBytes?: number | undefined;
}

/**
 * Writes the form's file to disk as it comes, never to memory. The file is gone again unless the whole body arrived: the
 * bytes are counted against Content-Length, since a broken connection can look like a short but proper body.
 */
export async function receiveUpload(request: Request, settings: UploadSettings): Promise<Upload> {
  const declared = declaredLength(request, settings.maxBytes ?? MAX_VIDEO_BYTES);
  const directory = settings.directory ?? join(tmpdir(), 'toklink-uploads');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await sweep(directory);
  const disk = await statfs(directory);
  if (disk.bavail * disk.bsize < declared) {
    throw new Refusal(507, 'NO_SPACE', 'The server has no room for this video. Tell the operator of this dashboard.');
  }
  const file = join(directory, randomUUID());
  const remove = () => rm(file, { force: true });
  try {
    const { received, sizeBytes, fields } = await writeParts(request, file);
    if (received !== declared) throw brokenOff(received, declared);
    if (sizeBytes === null) throw new Refusal(400, 'BAD_REQUEST', 'Choose a video file first.');
    return { file, sizeBytes, fields, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Once per process and folder: removes what earlier processes left behind. */
async function sweep(directory: string): Promise<void> {
  if (swept.has(directory)) return;
  swept.add(directory);
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const age = await stat(path).then((file) => Date.now() - file.mtimeMs, () => 0);
    if (age > LEFT_BEHIND_MS) await rm(path, { force: true });
  }
}

function declaredLength(request: Request, maxBytes: number): number {
  if (!(request.headers.get('content-type') ?? '').startsWith('multipart/form-data')) {
    throw new Refusal(400, 'BAD_REQUEST', 'The video must come as multipart/form-data.');
  }
  const length = request.headers.get('content-length') ?? '';
  if (!/^\d{1,15}$/.test(length)) {
    throw new Refusal(411, 'LENGTH_REQUIRED', 'The upload must say its length (Content-Length).');
  }
  if (Number(length) > maxBytes + FORM_BYTES) {
    throw new Refusal(413, 'TOO_LARGE', `The video is larger than ${maxBytes} bytes, the most that can be posted.`);
  }
  return Number(length);
}

function brokenOff(received: number, declared: number): Refusal {
  return new Refusal(
    400,
    'BAD_REQUEST',
    `The upload broke off after ${received} of ${declared} bytes, so nothing was posted. Try again.`,
  );
}

async function writeParts(request: Request, path: string) {
  const fields = new Map<string, string>();
  const writes: Promise<void>[] = [];
  let sizeBytes: number | null = null;
  let tooLong: string | null = null;
  let received = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.byteLength;
      done(null, chunk);
    },
  });
  const form = busboy({
    headers: { 'content-type': request.headers.get('content-type') ?? '' },
    limits: { files: 1, fields: 30, fieldSize: MAX_FIELD_BYTES },
  });
  form.on('field', (name, value, info) => {
    if (info.valueTruncated) tooLong = name;
    fields.set(name, value);
  });
  form.on('file', (_name, part, info) => {
    // A browser sends an empty, nameless part when no file was chosen.
    if (!info.filename) {
      part.resume();
      return;
    }
    const target = createWriteStream(path, { flags: 'wx', mode: 0o600 });
    writes.push(
      pipeline(part, target).then(() => {
        sizeBytes = target.bytesWritten;
      }),
    );
  });
  try {
    const body = Readable.fromWeb(request.body as unknown as ReadableStream<Uint8Array>);
    await pipeline(body, counter, form, { signal: request.signal });
    await Promise.all(writes);
  } catch (error) {
    // The other side of a broken pipe has its own rejection; wait for it, so that none is left unhandled.
    await Promise.allSettled(writes);
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
      throw new Refusal(507, 'NO_SPACE', 'The server ran out of room for this video. Tell the operator of this dashboard.');
    }
    throw new Refusal(400, 'BAD_REQUEST', 'The upload broke off or was not a proper form, so nothing was posted. Try again.');
  }
  if (tooLong !== null) throw new Refusal(413, 'TOO_LARGE', `The field ${tooLong} is longer than ${MAX_FIELD_BYTES} bytes.`);
  return { received, sizeBytes: sizeBytes as number | null, fields };
}
