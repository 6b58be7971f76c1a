const SINGLETONS = Symbol.for('toklink.per-process');

/**
 * Returns the process-wide singleton for `name`, which `make` creates on the first call. It survives a hot reload of the calling module.
 * Different objects need different names.
 */
export function perProcess<T>(name: string, make: () => T): T {
  const root = globalThis as { [SINGLETONS]?: Map<string, unknown> };
  const singletons = (root[SINGLETONS] ??= new Map<string, unknown>());
  if (!singletons.has(name)) singletons.set(name, make());
  return singletons.get(name) as T;
}

/** Returns the singleton for `name`, or `undefined` before its creation. For code that must not create it, such as a shutdown handler. */
export function findPerProcess<T>(name: string): T | undefined {
  return (globalThis as { [SINGLETONS]?: Map<string, unknown> })[SINGLETONS]?.get(name) as T | undefined;
}
