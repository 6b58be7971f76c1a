import { AssertionError } from 'node:assert';
import type { ExpectedRequest, RecordedRequest } from './types.js';

interface Wanted {
  name: string;
  status: number | undefined;
}

/** Compares all recorded requests with the expected ones, including their order and number. Throws AssertionError if they differ. */
export function compareRequests(came: RecordedRequest[], expected: ExpectedRequest[]): void {
  const wanted = expected.flatMap(spread);
  const at = wanted.findIndex((one, i) => !meets(came[i], one));
  const first = at === -1 ? wanted.length : at;
  if (at === -1 && came.length === wanted.length) return;
  const [one, other] = [wanted[first], came[first]];
  throw new AssertionError({
    message:
      `request ${first + 1}: expected ${one ? words(one) : 'none'}, received ${other ? words(shown(other, one?.status)) : 'none'}.\n` +
      `${wanted.length} expected: ${list(wanted)}\n` +
      `${came.length} received: ${list(came.map((request) => shown(request, undefined)))}`,
    actual: came.map((request) => words(shown(request, undefined))),
    expected: wanted.map(words),
    operator: 'expectRequests',
    stackStartFn: compareRequests,
  });
}

function spread(one: ExpectedRequest): Wanted[] {
  if (typeof one === 'string') return [{ name: one, status: undefined }];
  const wanted = { name: one.endpoint, status: one.status };
  return Array.from({ length: one.times ?? 1 }, () => wanted);
}

function meets(request: RecordedRequest | undefined, wanted: Wanted): boolean {
  if (request === undefined) return false;
  const named = request.endpoint === wanted.name || request.path === wanted.name;
  return named && (wanted.status === undefined || wanted.status === request.status);
}

/** Describes a request by its endpoint, or by its path when it has none, and by its status when one is expected. */
function shown(request: RecordedRequest, asked: number | undefined): Wanted {
  return { name: request.endpoint ?? request.path, status: asked === undefined ? undefined : request.status };
}

function words({ name, status }: Wanted): string {
  return status === undefined ? name : `${name} (${status})`;
}

function list(all: Wanted[]): string {
  const runs: { text: string; times: number }[] = [];
  for (const text of all.map(words)) {
    const last = runs.at(-1);
    if (last?.text === text) last.times += 1;
    else runs.push({ text, times: 1 });
  }
  return runs.map(({ text, times }) => (times === 1 ? text : `${text} x${times}`)).join(', ') || 'none';
}
