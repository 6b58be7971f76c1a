import { setImmediate } from 'node:timers/promises';
import { ORIGIN } from './host.js';
import { form, upload } from './uploads.js';

export const VIDEO = Buffer.from(Array.from({ length: 600_000 }, (_byte, index) => (index * 7) % 251));
export const FORM = form({ privacyLevel: 'SELF_ONLY' }, VIDEO);

/** An upload request whose body the test sends in parts. */
export class Sender {
  readonly #leave = new AbortController();
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  readonly request: Request;

  constructor(path: string, init: { method: string; headers: Record<string, string> }) {
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (this.#controller = controller) });
    this.request = new Request(`http://internal/api/social/tiktok/${path}`, {
      ...init,
      body,
      duplex: 'half',
      signal: this.#leave.signal,
    } as RequestInit);
  }

  /** Returns a publish request whose form the test sends in parts. */
  static form(id: string, body = FORM, query = `accountId=open-1&jobId=${id}`): Sender {
    const { headers } = upload(body);
    return new Sender(`publish?${query}`, { method: 'POST', headers: Object.fromEntries(headers) });
  }

  static rest(id: string, offset: number, length = VIDEO.byteLength - offset): Sender {
    return new Sender(`publish?jobId=${id}`, { method: 'PATCH', headers: resumeHeaders(offset, length) });
  }

  async send(bytes: Buffer): Promise<void> {
    this.#controller.enqueue(new Uint8Array(bytes));
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
  }

  end(): void {
    this.#controller.close();
  }

  /** Disconnects, as a browser does that loses its network. */
  leave(): void {
    this.#leave.abort();
  }
}

export function resumeHeaders(offset: number, length: number): Record<string, string> {
  return { origin: ORIGIN, 'upload-offset': String(offset), 'content-length': String(length) };
}
