import type { NativeClient } from 'toklink-native';
import { ToklinkError } from '../errors.js';
import type { ClientOptions } from '../types.js';
import { encode } from '../text/encode.js';
import { load } from './load.js';
import { asToklinkError, unwrap } from './outcome.js';
import { implemented, storeCall } from './store.js';

export type { NativeClient };

/**
 * The environment variables that replace absent options. They are read here, because worker threads have their own environment.
 */
const VARIABLES = [
  'TIKTOK_CLIENT_KEY',
  'TIKTOK_CLIENT_SECRET',
  'TIKTOK_CALLBACK_URL',
  'TOKEN_ENCRYPTION_KEY',
  'TOKEN_ENCRYPTION_KEYS',
  'TIKTOK_API_BASE_URL',
  'TIKTOK_AUTH_BASE_URL',
  'TIKTOK_CA_FILE',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'TOKLINK_REDIS_URL',
  'REDIS_URL',
] as const;

/** Opens the native client. Throws CONFIG, which lists all problems of the configuration at once. */
export function open({ store = 'memory', ...options }: ClientOptions): NativeClient {
  const environment = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));
  const hosted = typeof store === 'object' && store !== null && !('sqlite' in store);
  const kind = hosted ? { host: implemented(store) } : store;
  const input = { ...options, environment, store: kind };
  try {
    const { client, error } = load().openClient(encode('new Client', input), hosted ? storeCall(store) : undefined);
    if (error !== undefined) unwrap(error);
    if (client !== undefined) return client;
  } catch (cause) {
    throw asToklinkError(cause, 'new Client');
  }
  throw new ToklinkError({ code: 'INTERNAL', owner: 'toklink', message: 'the native client could not be created; please report it' });
}
