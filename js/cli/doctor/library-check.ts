import { randomBytes } from 'node:crypto';
import { Client } from '../../client.js';
import { ToklinkError } from '../../errors.js';
import type { ConfigProblem } from '../../errors.js';
import type { ClientOptions } from '../../types.js';
import type { Env } from './environment.js';

/** The result of validating the variables with the native core, so that the doctor does not duplicate its rules. */
export interface Judgement {
  problems: ConfigProblem[];
  /** The name of the current encryption key, if it has encrypted and decrypted a test text; otherwise `null`. */
  sealingKey: string | null;
  /** True when nothing could be validated, because the addon does not load. */
  blind: boolean;
}

const PLACE = { accountId: 'doctor', field: 'access_token' } as const;
/** The variables with the paths of CA files to trust. The core reads all of them. */
export const CA_FILES = ['TIKTOK_CA_FILE', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'];
const KEYS = ['TOKEN_ENCRYPTION_KEY', 'TOKEN_ENCRYPTION_KEYS'];

/** Creates a client with these variables, and tests its encryption keys on a text. */
export async function judge(env: Env): Promise<Judgement> {
  const none = { problems: [], sealingKey: null };
  try {
    const judgement = { ...none, problems: await problemsOf(env), blind: false };
    // Every client reads the CA files, so the keys cannot be tested while one of these files is invalid.
    if (problemsWith(judgement, ...KEYS, ...CA_FILES).length > 0) return judgement;
    return { ...judgement, sealingKey: await sealAndOpen(env) };
  } catch (cause) {
    if (!ToklinkError.is(cause)) throw cause;
    return { ...none, blind: true };
  }
}

/** Returns the problems of these variables. */
export function problemsWith({ problems }: Judgement, ...variables: string[]): ConfigProblem[] {
  return problems.filter(({ variable }) => variables.includes(variable));
}

export function keyProblems(judgement: Judgement): ConfigProblem[] {
  return problemsWith(judgement, ...KEYS);
}

async function problemsOf(env: Env): Promise<ConfigProblem[]> {
  try {
    await new Client({ ...settings(env), store: 'memory' }).close();
    return [];
  } catch (cause) {
    if (ToklinkError.is(cause) && cause.problems.length > 0) return cause.problems;
    throw cause;
  }
}

async function sealAndOpen(env: Env): Promise<string | null> {
  await using client = new Client({ ...standIns(), ...keysOf(env), store: 'memory' });
  const { sealingKey } = await client.resealAccounts({ checkOnly: true });
  return client.unseal(PLACE, client.seal(PLACE, 'doctor')) === 'doctor' ? sealingKey : null;
}

/** Returns options for a client that only uses the store. Includes a valid client key, because the stored tokens are bound to it. */
export function storeOptions(env: Env, judgement: Judgement): { options: ClientOptions; trying: boolean } {
  const trying = judgement.sealingKey !== null && problemsWith(judgement, 'TIKTOK_CLIENT_KEY').length === 0;
  const made = { encryptionKeys: randomBytes(32).toString('hex') };
  const given = { clientKey: env['TIKTOK_CLIENT_KEY'] ?? '', ...keysOf(env) };
  return { options: { ...standIns(), ...(trying ? given : made) }, trying };
}

function standIns(): ClientOptions {
  const away = 'https://toklink.invalid';
  const keys = { clientKey: 'doctor', clientSecret: 'doctor' };
  return { ...keys, callbackUrl: away, apiBaseUrl: away, authBaseUrl: away, redisUrl: false };
}

/** Sets every key option, because the client would read an absent one from the process's own environment. */
function keysOf(env: Env): ClientOptions {
  return { encryptionKey: env['TOKEN_ENCRYPTION_KEY'] ?? '', encryptionKeys: env['TOKEN_ENCRYPTION_KEYS'] ?? '' };
}

function settings(env: Env): ClientOptions {
  return {
    clientKey: env['TIKTOK_CLIENT_KEY'] ?? '',
    clientSecret: env['TIKTOK_CLIENT_SECRET'] ?? '',
    callbackUrl: env['TIKTOK_CALLBACK_URL'] ?? '',
    apiBaseUrl: env['TIKTOK_API_BASE_URL'] ?? '',
    authBaseUrl: env['TIKTOK_AUTH_BASE_URL'] ?? '',
    redisUrl: env['TOKLINK_REDIS_URL'] || false,
    caFile: env['TIKTOK_CA_FILE'] ?? '',
    ...keysOf(env),
  };
}
