import { ToklinkError } from '../errors.js';

/**
 * Encodes the input of an operation as JSON. Throws INVALID_INPUT for values that JSON would change silently: a number that is not
 * finite would become `null` and therefore an absent option, and an unpaired surrogate would be invalid text on the native side.
 */
export function encode(operation: string, input: object): string {
  let text: string;
  try {
    text = JSON.stringify(input ?? null);
  } catch (cause) {
    const message = `${operation} received a value that JSON cannot represent (a cycle or a BigInt); pass plain data`;
    throw new ToklinkError({ code: 'INVALID_INPUT', operation, message }, { cause });
  }
  requireExact(operation, input);
  return text;
}

/** Throws INVALID_INPUT, with the field's path, for a value that JSON would change silently. `input` must not contain a cycle. */
export function requireExact(operation: string, input: unknown): void {
  const fault = faultIn('', input);
  if (fault !== null) throw new ToklinkError({ code: 'INVALID_INPUT', operation, message: fault });
}

/** Describes the first invalid value and its path. Never contains the value, which may be a secret. */
function faultIn(path: string, value: unknown): string | null {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return `${path || 'the argument'} must be a finite number; it is ${value}`;
  }
  if (typeof value === 'string' && !value.isWellFormed()) {
    const at = value.search(/\p{Surrogate}/u);
    return `${path || 'the argument'} has an unpaired surrogate at UTF-16 position ${at} (counted from 0); pass valid Unicode`;
  }
  // An object with toJSON, such as a Date, is encoded by that method.
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return null;
  for (const [name, each] of Object.entries(value)) {
    if (!name.isWellFormed()) return `${path || 'the argument'} has a field whose name has an unpaired surrogate; pass valid Unicode`;
    const fault = faultIn(Array.isArray(value) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`, each);
    if (fault !== null) return fault;
  }
  return null;
}
