import { ToklinkError } from './errors.js';

/**
 * Writes the input of an operation as JSON. Throws INVALID_INPUT for what JSON would change silently: a number that is not
 * finite becomes `null`, so that an option would count as absent, and half a surrogate pair is not valid text on the other side.
 */
export function encode(operation: string, input: object): string {
  let text: string;
  try {
    text = JSON.stringify(input ?? null);
  } catch (cause) {
    const message = `${operation} was given a value that JSON cannot hold (a cycle or a BigInt): pass plain data.`;
    throw new ToklinkError({ code: 'INVALID_INPUT', operation, message }, { cause });
  }
  requireExact(operation, input);
  return text;
}

/** Throws INVALID_INPUT, with the field's path, for a value that JSON would change silently; `input` holds no cycle. */
export function requireExact(operation: string, input: unknown): void {
  const fault = faultIn('', input);
  if (fault !== null) throw new ToklinkError({ code: 'INVALID_INPUT', operation, message: fault });
}

/** Says what is wrong with the first such value and where it is; never repeats a text, which may be a secret. */
function faultIn(path: string, value: unknown): string | null {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return `${path || 'the argument'} must be a finite number; it is ${value}`;
  }
  if (typeof value === 'string' && !value.isWellFormed()) {
    const at = value.search(/\p{Surrogate}/u);
    return `${path || 'the argument'} has half a surrogate pair at UTF-16 position ${at} (counted from 0); give whole characters`;
  }
  // What writes itself, such as a Date, is what it writes.
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return null;
  for (const [name, each] of Object.entries(value)) {
    if (!name.isWellFormed()) return `${path || 'the argument'} has a field whose name has half a surrogate pair; give whole characters`;
    const fault = faultIn(Array.isArray(value) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`, each);
    if (fault !== null) return fault;
  }
  return null;
}
