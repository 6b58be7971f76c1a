import { ToklinkError } from '../errors.js';
import type { VideoSource } from '../types.js';

/** Larger chunks are split into parts of this size, so that copies stay small. */
const PIECE_BYTES = 256 * 1024;

/** A source in the form in which the native side reads it: one chunk at a time, possibly empty, then `null` at the end. */
export interface ChunkReader {
  size: number;
  next: () => Promise<Uint8Array | null>;
  /** Returns the error with which `next` rejected, if any. */
  failure: () => unknown;
  /** Closes the source, even before it ends. */
  close: () => void;
}

interface Reader {
  read: () => Promise<{ done?: boolean | undefined; value?: unknown }>;
  cancel: () => void;
}

/** Returns a reader of a source. Throws INVALID_INPUT for an invalid source. */
export function chunkReader(source: VideoSource): ChunkReader {
  if (source instanceof Uint8Array) return fromReader(source.byteLength, once(source));
  if (source instanceof Blob) return fromReader(source.size, webReader(source.stream()));
  const { stream, size } = source ?? {};
  if (!Number.isSafeInteger(size) || size < 0) {
    throw invalid(`source.size must be a whole number of bytes, 0 or more; it is ${String(size)}`);
  }
  if (stream instanceof ReadableStream) {
    if (stream.locked) throw invalid('the stream is locked by another reader; pass an unlocked stream');
    return fromReader(size, webReader(stream));
  }
  if (typeof stream?.[Symbol.asyncIterator] === 'function') return fromReader(size, nodeReader(stream));
  throw invalid('source must be a Uint8Array, a Blob, or { stream, size } with a web ReadableStream or a Node Readable');
}

function fromReader(size: number, reader: Reader): ChunkReader {
  let rest = new Uint8Array(0);
  let failure: unknown;
  const next = async (): Promise<Uint8Array | null> => {
    if (rest.byteLength === 0) {
      const { done, value } = await reader.read();
      if (done) return null;
      if (!(value instanceof Uint8Array)) throw invalid('the stream returned something other than bytes (Uint8Array)');
      rest = value as Uint8Array<ArrayBuffer>;
    }
    // Empty chunks are passed on. The native side requests the next chunk from its own thread and limits the time. A loop over
    // chunks that are immediately available would never return to the event loop.
    const piece = rest.subarray(0, PIECE_BYTES);
    rest = rest.subarray(PIECE_BYTES);
    return piece;
  };
  return {
    size,
    next: async () => {
      try {
        return await next();
      } catch (fault) {
        failure = fault ?? new Error('the stream failed without a reason');
        throw fault;
      }
    },
    failure: () => failure,
    close: reader.cancel,
  };
}

function once(bytes: Uint8Array): Reader {
  let left: Uint8Array | undefined = bytes;
  return {
    read: async () => {
      const value = left;
      left = undefined;
      return value === undefined ? { done: true } : { value };
    },
    cancel: () => void (left = undefined),
  };
}

function webReader(stream: ReadableStream<Uint8Array>): Reader {
  const reader = stream.getReader();
  // A stream that failed cannot be cancelled; its error is already reported.
  return { read: () => reader.read(), cancel: () => void reader.cancel().catch(() => {}) };
}

function nodeReader(stream: AsyncIterable<Uint8Array> & { destroy?: () => unknown }): Reader {
  const iterator = stream[Symbol.asyncIterator]();
  return {
    read: () => iterator.next(),
    // An iterator that waits for bytes would only end when they arrive, so the stream itself is destroyed.
    cancel: () => (stream.destroy ? void stream.destroy() : void iterator.return?.().catch(() => {})),
  };
}

function invalid(message: string): ToklinkError {
  return new ToklinkError({ code: 'INVALID_INPUT', operation: 'publishVideo', owner: 'app', message });
}
