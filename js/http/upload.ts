import busboy from 'busboy';
import { PassThrough, Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { Refusal } from './respond.js';

/** TikTok takes videos up to this size (docs/tiktok-api.md 5.10). */
const MAX_VIDEO_BYTES = 4_000_000_000;
/** Room for the form's other fields and the boundaries between them. */
const FORM_BYTES = 1_000_000;
const MAX_FIELD_BYTES = 64 * 1024;
/** Where Next.js cuts bodies that pass its proxy or middleware, unless it is told otherwise: before the piece beyond. */
const NEXT_CUTS_AT = 10 * 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;

/** The form's file as it comes, and what stood before it. */
export interface IncomingVideo {
  fields: Map<string, string>;
  sizeBytes: number;
  /** Ends only when the whole body has arrived as declared; whoever stops reading it lets the rest pass by unread. */
  stream: Readable;
}

/**
 * Reads a form whose last part is its file, and calls `begin` as soon as the file starts: its bytes go from hand to hand and
 * are kept nowhere. Resolves when the whole body has arrived. When the body breaks off, or another number of bytes arrives
 * than Content-Length said, the stream fails instead of ending: a broken connection can look like a short but proper body.
 */
export async function receiveVideo(
  request: Request,
  maxBytes: number | undefined,
  begin: (video: IncomingVideo) => void,
): Promise<void> {
  const declared = declaredLength(request, maxBytes ?? MAX_VIDEO_BYTES);
  let received = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.byteLength;
      done(null, chunk);
    },
  });
  const form = formParser(request.headers.get('content-type') ?? '');
  const reader = new FormReader(maxBytes ?? MAX_VIDEO_BYTES, begin);
  form.on('field', (name, value, info) => reader.field(name, value, info.valueTruncated));
  form.on('file', (_name, part, info) => reader.file(part, info.filename));
  try {
    const body = Readable.fromWeb(request.body as unknown as ReadableStream<Uint8Array>);
    await pipeline(body, counter, form, { signal: request.signal });
    if (received !== declared) throw brokenOff(received, declared);
    if (reader.refusal !== null) throw reader.refusal;
    if (reader.video === null) throw new Refusal(400, 'BAD_REQUEST', 'Choose a video file first.');
    reader.video.end();
  } catch (error) {
    const refusal = reader.refusal ?? (error instanceof Refusal ? error : isUnended(error) && received === declared ? withoutEnd() : brokenOff(received, declared));
    reader.video?.destroy(refusal);
    throw refusal;
  }
}

class FormReader {
  /** What is wrong with the form; the rest of the body is read and thrown away. */
  refusal: Refusal | null = null;
  video: PassThrough | null = null;
  readonly #fields = new Map<string, string>();

  constructor(
    private readonly maxBytes: number,
    private readonly begin: (video: IncomingVideo) => void,
  ) {}

  field(name: string, value: string, truncated: boolean): void {
    if (truncated) this.refusal ??= new Refusal(413, 'TOO_LARGE', `The field ${name} is longer than ${MAX_FIELD_BYTES} bytes.`);
    if (this.video !== null) {
      this.refusal ??= new Refusal(400, 'BAD_REQUEST', `The field ${name} comes after the file: send the file last.`);
    }
    this.#fields.set(name, value);
  }

  file(part: Readable, filename: string | undefined): void {
    // A browser sends an empty, nameless part when no file was chosen.
    if (!filename || this.refusal !== null) {
      part.resume();
      return;
    }
    try {
      const video = new PassThrough();
      const sizeBytes = this.#sizeOfFile();
      this.begin({ fields: this.#fields, sizeBytes, stream: video });
      this.video = video;
      part.pipe(video, { end: false });
      // Told by the end of the body, which fails with the part.
      part.on('error', () => {});
      // Its reader needs no more: what still comes must not stand in the way of the answer.
      video.on('close', () => part.resume());
      video.on('error', () => {});
    } catch (error) {
      this.refusal = error instanceof Refusal ? error : null;
      part.resume();
      if (this.refusal === null) throw error;
    }
  }

  #sizeOfFile(): number {
    const text = this.#fields.get('fileSize') ?? '';
    if (!/^\d{1,15}$/.test(text)) {
      const message = 'The form must hold the field fileSize, the size of the file in bytes, before the file.';
      throw new Refusal(411, 'LENGTH_REQUIRED', message);
    }
    if (Number(text) > this.maxBytes) throw tooLarge(this.maxBytes);
    return Number(text);
  }
}

function declaredLength(request: Request, maxBytes: number): number {
  // A media type is the same in any case (RFC 9110, 8.3.1).
  if (!/^multipart\/form-data\s*(;|$)/i.test(request.headers.get('content-type') ?? '')) {
    throw new Refusal(400, 'BAD_REQUEST', 'The video must come as multipart/form-data.');
  }
  const length = request.headers.get('content-length') ?? '';
  if (!/^\d{1,15}$/.test(length)) {
    throw new Refusal(411, 'LENGTH_REQUIRED', 'The upload must say its length (Content-Length).');
  }
  if (Number(length) > maxBytes + FORM_BYTES) throw tooLarge(maxBytes);
  return Number(length);
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(413, 'TOO_LARGE', `The video is larger than ${maxBytes} bytes, the most that can be posted.`);
}

function formParser(contentType: string): busboy.Busboy {
  try {
    return busboy({ headers: { 'content-type': contentType }, limits: { files: 1, fields: 30, fieldSize: MAX_FIELD_BYTES } });
  } catch {
    throw new Refusal(400, 'BAD_REQUEST', 'The Content-Type of the form must name its boundary: multipart/form-data; boundary=...');
  }
}

function isUnended(error: unknown): boolean {
  return error instanceof Error && error.message === 'Unexpected end of form';
}

/** All bytes arrived, so the sender wrote a form that is not one. */
function withoutEnd(): Refusal {
  return new Refusal(
    400,
    'BAD_REQUEST',
    'The form has no end: the closing boundary after the file is missing or differs from the one of Content-Type, so nothing was posted. Correct the program that sends the form.',
  );
}

function brokenOff(received: number, declared: number): Refusal {
  const cut =
    received <= NEXT_CUTS_AT && received > NEXT_CUTS_AT - PIECE_BYTES
      ? ' That is where Next.js cuts what passes its proxy or middleware: leave this route out of its matcher, or raise ' +
        'experimental.proxyClientMaxBodySize.'
      : '';
  return new Refusal(
    400,
    'BAD_REQUEST',
    `The upload broke off after ${received} of ${declared} bytes, so nothing was posted. Try again.${cut}`,
  );
}
