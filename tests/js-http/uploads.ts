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

/** Reads the whole source as toklink does, and fails as the source does. */
export async function read({ source }: PublishVideoInput): Promise<{ bytes: Buffer; size: number }> {
  const { stream, size } = source as { stream: Readable; size: number };
  return { bytes: await buffer(stream), size };
}
