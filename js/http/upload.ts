import busboy from 'busboy';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Feed } from './feed.js';
import type { ResumableStream } from './resumable-stream.js';
import { matcherWithout } from './matcher.js';
import { HttpError } from './respond.js';

/** The maximum size of a video that TikTok accepts (docs/tiktok-api.md 5.10). */
const MAX_VIDEO_BYTES = 4_000_000_000;
/** The maximum size of the form's other fields and the boundaries between them. */
const FORM_BYTES = 1_000_000;
const MAX_FIELD_BYTES = 64 * 1024;
/** The default size at which Next.js truncates bodies that pass through its proxy or middleware. */
const NEXT_CUTS_AT = 10 * 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;

/** The form fields that precede the file. */
export interface IncomingVideo {
  fields: Map<string, string>;
  sizeBytes: number;
}

/**
 * Reads a form whose last part is a file, and calls `start` as soon as the file starts. Passes the file's bytes on while they
 * arrive, without storing them. Resolves when the whole body has arrived. If the body is interrupted, or its length differs from
 * Content-Length, the stream waits for a request that continues the file, because a broken connection can make a truncated body
 * look complete. Rejects as soon as the form is invalid; the stream then fails, and the rest of the body is read and discarded.
 */
export async function receiveVideo(
  feed: Feed,
  { headers, url }: Pick<Request, 'headers' | 'url'>,
  maxBytes: number | undefined,
  start: (video: IncomingVideo) => ResumableStream,
): Promise<void> {
  const declared = declaredLength(headers, maxBytes ?? MAX_VIDEO_BYTES);
  const form = formParser(headers.get('content-type') ?? '');
  const reader = new FormReader(feed, maxBytes ?? MAX_VIDEO_BYTES, start);
  form.on('field', (name, value, info) => reader.field(name, value, info.valueTruncated));
  form.on('file', (_name, part, info) => reader.file(part, info.filename));
  const whole = async () => {
    await pipeline(soonAtFile(feed, reader), form, { signal: feed.signal });
    if (feed.received !== declared) throw new Error('the body is shorter than declared');
    await reader.passed;
  };
  try {
    await Promise.race([reader.refused, whole()]);
    if (reader.fileStream === null) throw new HttpError(400, 'BAD_REQUEST', 'Choose a video file first.');
    reader.fileStream.finish(feed);
  } catch (error) {
    throw settle(feed, reader, declared, new URL(url).pathname, error);
  }
}

/**
 * Yields the body. Rejects a form whose file does not start soon, because it would otherwise occupy an upload slot for as long as
 * a whole file.
 */
async function* soonAtFile(feed: Feed, reader: FormReader): AsyncGenerator<Uint8Array> {
  for await (const chunk of feed.bytes()) {
    if (reader.isBeforeFile && feed.received - chunk.byteLength > FORM_BYTES) {
      const words = `The file must start within the first ${FORM_BYTES} bytes of the form.`;
      throw new HttpError(413, 'TOO_LARGE', words, { closing: true });
    }
    yield chunk;
  }
}

/** Determines whether the upload can continue, and returns the response to this request. */
function settle(feed: Feed, reader: FormReader, declared: number, path: string, error: unknown): HttpError {
  const { fileStream } = reader;
  const refusal = reader.refusal ?? (HttpError.is(error) ? error : null) ?? feed.stopped ?? unended(error, feed, declared);
  if (refusal !== null) {
    // BUSY means that another request now continues the same upload.
    if (refusal.code !== 'BUSY') fileStream?.fail(refusal);
    return refusal;
  }
  const hint = feed.left ? '' : cutHint(feed.received, path);
  if (fileStream === null) return brokenOff(feed.received, declared, hint);
  if (hint !== '') {
    // Next.js would truncate a retry too.
    const cut = brokenOff(feed.received, declared, hint);
    fileStream.fail(cut);
    return cut;
  }
  fileStream.pause(feed);
  return fileStream.interrupted();
}

class FormReader {
  /** The reason for rejecting the form. */
  refusal: HttpError | null = null;
  /** Rejects with `refusal` once it is set. */
  readonly refused: Promise<never>;
  #reject = (_refusal: HttpError): void => {};
  fileStream: ResumableStream | null = null;
  /** Resolves when the stream has received the whole file. */
  passed: Promise<void> = Promise.resolve();
  readonly #fields = new Map<string, string>();

  constructor(
    private readonly feed: Feed,
    private readonly maxBytes: number,
    private readonly start: (video: IncomingVideo) => ResumableStream,
  ) {
    this.refused = new Promise((_resolve, reject) => (this.#reject = reject));
    this.refused.catch(() => {});
  }

  /** True while the file has not started. */
  get isBeforeFile(): boolean {
    return this.fileStream === null && this.refusal === null;
  }

  field(name: string, value: string, truncated: boolean): void {
    if (truncated) this.#refuse(new HttpError(413, 'TOO_LARGE', `The field ${name} is longer than ${MAX_FIELD_BYTES} bytes.`));
    if (this.fileStream !== null) {
      this.#refuse(new HttpError(400, 'BAD_REQUEST', `The field ${name} comes after the file: send the file last.`));
    }
    this.#fields.set(name, value);
  }

  file(part: Readable, filename: string | undefined): void {
    // The part fails together with the body, which reports the error. Without this listener, the error would end the process.
    part.on('error', () => {});
    // A browser sends an empty part without a file name when the user chose no file.
    if (!filename || this.refusal !== null) {
      part.resume();
      return;
    }
    try {
      const fileStream = this.start({ fields: this.#fields, sizeBytes: this.#sizeOfFile() });
      fileStream.attach(this.feed);
      this.fileStream = fileStream;
      this.passed = this.#pass(part, fileStream);
      this.passed.catch(() => {});
    } catch (error) {
      part.resume();
      if (!HttpError.is(error)) throw error;
      this.#refuse(error);
    }
  }

  #refuse(refusal: HttpError): void {
    this.refusal ??= refusal;
    this.#reject(this.refusal);
  }

  async #pass(part: Readable, fileStream: ResumableStream): Promise<void> {
    try {
      for await (const chunk of part as AsyncIterable<Uint8Array>) await fileStream.take(this.feed, chunk);
    } catch (error) {
      // An error in an interrupted or replaced request no longer affects the file.
      if (HttpError.is(error) && fileStream.takesFrom(this.feed)) {
        fileStream.fail(error);
        part.resume();
        this.#refuse(error);
      }
      throw error;
    }
  }

  #sizeOfFile(): number {
    const text = this.#fields.get('fileSize') ?? '';
    if (!/^\d{1,15}$/.test(text)) {
      const message = 'The form must contain the field fileSize, the size of the file in bytes, before the file.';
      throw new HttpError(411, 'LENGTH_REQUIRED', message);
    }
    if (Number(text) > this.maxBytes) throw tooLarge(this.maxBytes);
    return Number(text);
  }
}

function declaredLength(headers: Headers, maxBytes: number): number {
  // A media type is case-insensitive (RFC 9110, 8.3.1).
  if (!/^multipart\/form-data\s*(;|$)/i.test(headers.get('content-type') ?? '')) {
    throw new HttpError(400, 'BAD_REQUEST', 'The video must be sent as multipart/form-data.');
  }
  const length = headers.get('content-length') ?? '';
  if (!/^\d{1,15}$/.test(length)) {
    throw new HttpError(411, 'LENGTH_REQUIRED', 'The upload must have a Content-Length header.');
  }
  if (Number(length) > maxBytes + FORM_BYTES) throw tooLarge(maxBytes);
  return Number(length);
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, 'TOO_LARGE', `The video is larger than ${maxBytes} bytes, which is the maximum.`);
}

function formParser(contentType: string): busboy.Busboy {
  try {
    return busboy({ headers: { 'content-type': contentType }, limits: { files: 1, fields: 30, fieldSize: MAX_FIELD_BYTES } });
  } catch {
    throw new HttpError(400, 'BAD_REQUEST', 'The Content-Type of the form must contain its boundary: multipart/form-data; boundary=...');
  }
}

/** Returns the error for a form that is invalid although all its bytes arrived; otherwise `null`. */
function unended(error: unknown, feed: Feed, declared: number): HttpError | null {
  const ended = !(error instanceof Error) || error.message !== 'Unexpected end of form';
  if (ended || feed.received !== declared) return null;
  return new HttpError(
    400,
    'BAD_REQUEST',
    'The form is incomplete: the closing boundary after the file is missing or differs from the one in Content-Type, so nothing was posted. Correct the program that sends the form.',
  );
}

function cutHint(received: number, path: string): string {
  return received <= NEXT_CUTS_AT && received > NEXT_CUTS_AT - PIECE_BYTES
    ? ` Next.js truncates request bodies at about this size when they pass through its proxy or middleware. Exclude this route, for example with ${matcherWithout(path)} ` +
        'in proxy.ts (middleware.ts before Next.js 16).'
    : '';
}

function brokenOff(received: number, declared: number, hint: string): HttpError {
  const words = `The upload stopped after ${received} of ${declared} bytes, so nothing was posted. Try again.`;
  return new HttpError(400, 'BAD_REQUEST', words + hint);
}
