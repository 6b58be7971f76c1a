import openBrowser from 'open';
import type { Client } from '../client.js';
import { variable } from '../runtime/environment.js';
import { ToklinkError } from '../errors.js';
import type { LoginResult, LoginStart } from '../types.js';
import { listen } from './loopback.js';
import type { Loopback, Reply } from './loopback.js';
import type { Output } from './output.js';
import { handle } from './session.js';

/** The user id for logins in the terminal, where the same person starts and completes each login. */
const USER = 'cli';

const SCOPES = ['user.info.basic', 'user.info.profile', 'user.info.stats', 'video.list', 'video.publish', 'video.upload'];

interface LoginOptions {
  browser: boolean;
  signal: AbortSignal;
}

/** Connects an account: opens TikTok in the browser, and waits on loopback for the redirect. */
export async function login(client: Client, output: Output, { browser, signal }: LoginOptions): Promise<LoginResult> {
  const url = callbackUrl(output);
  let claimed = false;
  let start: LoginStart | undefined;
  let outcome: { result: LoginResult } | { error: ToklinkError } | undefined;

  const answer = async (callback: string): Promise<Reply> => {
    if (start === undefined || claimed) return foreign();
    const cookies = { [start.cookie.name]: start.cookie.value };
    try {
      client.inspectLogin({ callback, cookies });
    } catch {
      output.note('Ignored an unrelated request to the callback page; still waiting for the login.');
      return foreign();
    }
    claimed = true;
    try {
      const result = await client.completeLogin({ callback, cookies, userId: USER });
      outcome = { result };
      const words = `${handle(result.account)} is connected. Close this page and return to the terminal.`;
      return { status: 200, title: 'Connected', words, done: true };
    } catch (cause) {
      const error = ToklinkError.is(cause)
        ? cause
        : new ToklinkError({ code: 'INTERNAL', owner: 'toklink', message: 'the login failed because of a bug in toklink; please report it' }, { cause });
      outcome = { error };
      return { status: 400, title: 'Not connected', words: error.message, done: true };
    }
  };

  const loopback = await listen(answer, url);
  try {
    start = await client.beginLogin({ userId: USER, redirectUri: loopback.redirectUri, scopes: SCOPES });
    await invite(output, start.authorizeUrl, browser);
    await waited(loopback, start.cookie.maxAgeSec, signal);
  } finally {
    loopback.close();
  }
  if (outcome === undefined) throw expired();
  if ('error' in outcome) throw outcome.error;
  return outcome.result;
}

async function invite(output: Output, url: string, browser: boolean): Promise<void> {
  if (!browser) {
    output.note(`Open this page in a browser on this machine:\n${url}`);
    return;
  }
  output.note('Opening TikTok in the browser. If nothing opens, use this URL:');
  output.note(url);
  try {
    const child = await openBrowser(url);
    // Ignore the error: the user can open the printed URL.
    child.once('error', () => undefined);
  } catch {
    output.note('toklink could not open a browser on this machine.');
  }
}

/** Waits for the callback until the login state expires. */
async function waited(loopback: Loopback, seconds: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let abort: () => void = () => undefined;
  try {
    await Promise.race([
      loopback.finished,
      new Promise<void>((resolve) => (timer = setTimeout(resolve, seconds * 1000))),
      new Promise<never>((_, reject) => {
        abort = () => reject(new ToklinkError({ code: 'CANCELLED', owner: 'user', message: 'the login was cancelled' }));
        if (signal.aborted) abort();
        signal.addEventListener('abort', abort, { once: true });
      }),
    ]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

/** Returns TIKTOK_CALLBACK_URL if this process can serve it, or `undefined` for a loopback URL with a free port. */
function callbackUrl(output: Output): URL | undefined {
  const callback = variable(process.env, 'TIKTOK_CALLBACK_URL');
  if (callback === undefined) return undefined;
  const url = URL.canParse(callback) ? new URL(callback) : undefined;
  if (url?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) return url;
  output.note('TIKTOK_CALLBACK_URL is not a loopback http URL, so this login uses a URL on 127.0.0.1 instead.');
  return undefined;
}

function foreign(): Reply {
  return {
    status: 400,
    title: 'Another login',
    words: 'This page belongs to another login. Use the URL in the terminal.',
    done: false,
  };
}

function expired(): ToklinkError {
  return new ToklinkError({
    code: 'UNAUTHORIZED',
    reason: 'LOGIN_TIMED_OUT',
    owner: 'user',
    message: "TikTok's consent page was not completed in time; run toklink login again",
  });
}
