import { HttpError } from './respond.js';

/** The maximum size of the routes' JSON bodies, which contain only a few ids. */
const MAX_JSON_BYTES = 4096;

/** Resolves to the string fields of a small JSON body. Ignores fields of other types. */
export async function readJson(
  request: Request,
): Promise<{ accountId: string | null; workspaceId: string | null; jobId: string | null }> {
  const fields = await readFields(request, MAX_JSON_BYTES);
  const text = (name: string) => (typeof fields[name] === 'string' ? fields[name] : null);
  return { accountId: text('accountId'), workspaceId: text('workspaceId'), jobId: text('jobId') };
}

/** Resolves to the fields of a JSON body. A body that is not an object has no fields. */
export async function readFields(request: Request, max: number): Promise<Record<string, unknown>> {
  const bytes = await readBytes(request, max);
  try {
    const parsed: unknown = JSON.parse(bytes.toString('utf8'));
    return (typeof parsed === 'object' && parsed !== null ? parsed : {}) as Record<string, unknown>;
  } catch {
    throw new HttpError(400, 'BAD_REQUEST', 'The request body must be JSON.');
  }
}

/** Resolves to the raw bytes of a small body. Rejects a longer body as soon as it exceeds `max`. */
export async function readBytes(request: Request, max: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body = (request.body ?? []) as unknown as AsyncIterable<Uint8Array>;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > max) throw new HttpError(413, 'TOO_LARGE', `The request body is longer than ${max} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
