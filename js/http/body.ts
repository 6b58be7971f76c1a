import { Refusal } from './respond.js';

/** No JSON body of these routes is longer than two ids and some punctuation. */
const MAX_JSON_BYTES = 4096;

/** The texts of a small JSON body; anything else in it counts as absent. */
export async function readJson(
  request: Request,
): Promise<{ accountId: string | null; workspaceId: string | null; jobId: string | null }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body = (request.body ?? []) as unknown as AsyncIterable<Uint8Array>;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_JSON_BYTES) throw new Refusal(413, 'TOO_LARGE', `The request is longer than ${MAX_JSON_BYTES} bytes.`);
    chunks.push(chunk);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Refusal(400, 'BAD_REQUEST', 'The request body must be JSON.');
  }
  const fields = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof fields[name] === 'string' ? (fields[name] as string) : null);
  return { accountId: text('accountId'), workspaceId: text('workspaceId'), jobId: text('jobId') };
}
