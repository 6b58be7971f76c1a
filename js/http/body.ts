import { Refusal } from './respond.js';

/** No JSON body of these routes is longer than two ids and some punctuation. */
const MAX_JSON_BYTES = 4096;

/** The texts of a small JSON body; anything else in it counts as absent. */
export async function readJson(
  request: Request,
): Promise<{ accountId: string | null; workspaceId: string | null; jobId: string | null }> {
  const bytes = await readBytes(request, MAX_JSON_BYTES);
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new Refusal(400, 'BAD_REQUEST', 'The request body must be JSON.');
  }
  const fields = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof fields[name] === 'string' ? (fields[name] as string) : null);
  return { accountId: text('accountId'), workspaceId: text('workspaceId'), jobId: text('jobId') };
}

/** The raw bytes of a small body; a longer one is refused before it is read to its end. */
export async function readBytes(request: Request, max: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body = (request.body ?? []) as unknown as AsyncIterable<Uint8Array>;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > max) throw new Refusal(413, 'TOO_LARGE', `The request is longer than ${max} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
