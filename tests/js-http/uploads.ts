import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { PublishVideoInput } from '../../js/types.js';
import { ORIGIN } from './host.js';

export const BOUNDARY = 'toklinkboundary';

/** Builds a publish form: the fields, the file's size and, last, the file. */
export function form(given: Record<string, string>, video: Buffer | null = Buffer.from('video bytes')): Buffer {
  const fields = video === null ? given : { ...given, fileSize: given['fileSize'] ?? String(video.byteLength) };
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n`;
  return Buffer.concat([
    Buffer.from(parts.join('')),
    ...(video === null ? [] : [Buffer.from(head), video, Buffer.from('\r\n')]),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);
}

export function upload(body: Buffer, headers: Record<string, string> = {}, query = 'accountId=open-1'): Request {
  return new Request(`http://internal/api/social/tiktok/publish?${query}`, {
    method: 'POST',
    headers: {
      origin: ORIGIN,
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      'content-length': String(body.byteLength),
      ...headers,
    },
    body: new Uint8Array(body),
  });
}

/** Reads the whole source as toklink does. Rejects with the error of the source. */
export async function read({ source }: PublishVideoInput): Promise<{ bytes: Buffer; size: number }> {
  const { stream, size } = source as { stream: Readable; size: number };
  return { bytes: await buffer(stream), size };
}

/** Builds an upload that arrives in parts, on demand. `before` receives the number of sent bytes and may delay the next part. */
export function slowly(body: Buffer, before: (bytes: number) => unknown): Request {
  let given = 0;
  const pieces = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await before(given);
      const piece = body.subarray(given, given + 64 * 1024);
      given += piece.byteLength;
      if (piece.byteLength === 0) controller.close();
      else controller.enqueue(piece);
    },
  });
  const { headers, url } = upload(body);
  return new Request(url, { method: 'POST', headers, body: pieces, duplex: 'half' } as RequestInit);
}

/** Reads the events of a stream until its end, as `[name, data]`. */
export async function events(response: Response): Promise<[string, Record<string, unknown>][]> {
  const text = await response.text();
  return [...text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map(([, name, data]) => [name ?? '', JSON.parse(data ?? '')]);
}
