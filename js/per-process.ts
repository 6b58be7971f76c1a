const KEPT = Symbol.for('toklink.per-process');

/**
 * One of its kind per process: made at the first call, and given again at later ones, also when the module that calls has been
 * loaded anew, as hot reloading does. Two of the same kind need two names.
 */
export function perProcess<T>(name: string, make: () => T): T {
  const root = globalThis as { [KEPT]?: Map<string, unknown> };
  const kept = (root[KEPT] ??= new Map<string, unknown>());
  if (!kept.has(name)) kept.set(name, make());
  return kept.get(name) as T;
}

/** Returns what `perProcess` keeps under `name`; `undefined` before it was made. For code that must not make it, such as a shutdown. */
export function findPerProcess<T>(name: string): T | undefined {
  return (globalThis as { [KEPT]?: Map<string, unknown> })[KEPT]?.get(name) as T | undefined;
}
