import type { NativeClient } from 'toklink-native';
import { ToklinkError } from '../errors.js';
import { callSafely, messageOf } from '../runtime/safe-call.js';
import { encode } from '../text/encode.js';
import { asToklinkError, unwrap } from './outcome.js';
import { refuseReentry } from './reentrancy.js';
import type { ChunkReader } from './stream.js';

let lastId = 0;

/** The signal, the progress listener and the bytes of a running operation. */
export interface Watch<P> {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: P) => void) | undefined;
  /** The source of the video's bytes. */
  bytes?: ChunkReader | undefined;
}

/** Progress in the form in which the addon reports it. Reports are numbered. The outcome includes the last report again. */
interface Numbered<P> {
  seq: number;
  progress: P;
}

/** Runs one asynchronous operation of the core. Rejects only with `ToklinkError`. */
export async function run<T, P = never>(
  client: NativeClient,
  operation: string,
  input: object,
  watch: Watch<P> = {},
): Promise<T> {
  const { signal, onProgress, bytes } = watch;
  refuseReentry(operation, input);
  if (signal?.aborted) throw cancelled(operation);
  const id = (lastId = (lastId + 1) % 0xffff_ffff);
  const report = onProgress && ordered(onProgress);
  const abort = (): void => client.cancel(id);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const text = await client.call(
      operation,
      encode(operation, input),
      id,
      report && ((event) => report(JSON.parse(event) as Numbered<P>)),
      bytes && (async () => asBuffer(await bytes.next())),
    );
    const { lastProgress } = JSON.parse(text) as { lastProgress?: Numbered<P> };
    if (lastProgress !== undefined) report?.(lastProgress);
    return unwrap<T>(text);
  } catch (cause) {
    const error = asToklinkError(cause, operation);
    const failure = bytes?.failure();
    if (failure !== undefined) error.cause ??= failure;
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** Returns a Buffer over the same memory, because the native side requires a Buffer. */
function asBuffer(piece: Uint8Array | null): Buffer | null {
  return piece && Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
}

/** Runs a synchronous operation. */
export function runSync<T>(client: NativeClient, operation: string, input: object): T {
  try {
    return unwrap<T>(client.callSync(operation, encode(operation, input)));
  } catch (cause) {
    throw asToklinkError(cause, operation);
  }
}

/** Encrypts or decrypts one text without JSON. */
export function runDirect(
  client: NativeClient,
  operation: 'seal' | 'unseal',
  { tenant = '', accountId, field }: { tenant?: string; accountId: string; field: string },
  text: string,
): string {
  try {
    const answer = client[operation](tenant, accountId, field, text);
    return typeof answer === 'string' ? answer : unwrap<string>(answer.error);
  } catch (cause) {
    throw asToklinkError(cause, operation);
  }
}

/** Forwards each report once and in order. An error in the listener does not end the process. */
function ordered<P>(listener: (progress: P) => void): (event: Numbered<P>) => void {
  let last = -1;
  let warned = false;
  const warn = (fault: unknown): void => {
    if (warned) return;
    warned = true;
    process.emitWarning(`toklink: onProgress threw (${messageOf(fault)}); the operation continues.`);
  };
  return ({ seq, progress }) => {
    if (seq <= last) return;
    last = seq;
    callSafely(() => listener(progress), warn);
  };
}

function cancelled(operation: string): ToklinkError {
  return new ToklinkError({
    code: 'CANCELLED',
    operation,
    owner: 'user',
    message: `${operation} was cancelled before it started; nothing was sent`,
  });
}
