import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ToklinkError } from '../errors.js';
import type { Store } from '../types.js';

/** Loads the store that the host's module exports. */
export async function hostStore(file: string): Promise<Store> {
  try {
    const { default: store } = (await import(pathToFileURL(resolve(file)).href)) as { default: Store };
    if (typeof store === 'object' && store !== null) return store;
  } catch (cause) {
    const message = `the module ${file} could not be loaded; check its imports`;
    throw new ToklinkError({ code: 'CONFIG', owner: 'user', message }, { cause });
  }
  throw new ToklinkError({
    code: 'CONFIG',
    owner: 'user',
    message: `the module ${file} has no store as its default export; export one, for example prismaStore(prisma)`,
  });
}
