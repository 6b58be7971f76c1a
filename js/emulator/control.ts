import { requireExact } from '../text/encode.js';
import { ToklinkError } from '../errors.js';

type Json = Record<string, unknown>;

/** Calls one control endpoint under `/_emulator/`. Converts the endpoint's snake_case field names to and from camelCase. */
export async function control(url: string, name: string, body?: unknown): Promise<Json> {
  requireExact(`emulator.${name}`, body);
  const init =
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(renamed(body, snake)) };
  const response = await fetch(`${url}/_emulator/${name}`, init);
  const answer = (await response.json()) as Json;
  if (response.ok) return renamed(answer, camel) as Json;
  throw new ToklinkError({
    code: 'INVALID_INPUT',
    operation: `emulator.${name}`,
    message: `the emulator rejected ${name}: ${String(answer['error'])}`,
    httpStatus: response.status,
  });
}

function renamed(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((one) => renamed(one, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [rename(key), renamed(one, rename)]));
}

const snake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const camel = (key: string): string => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
