import { createHmac, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Client } from '../../../js/index.js';
import { AccessDenied, createTikTokHandlers, type TikTokHandlers } from '../../../js/next.js';
import type { AccountStatus } from '../../../js/types.js';
import { writeVideo } from '../../js/connected.js';
import { APP, Emulator, KEY } from '../../js/emulator.js';

/** The origin of a redirect URI that is registered for the emulator's app. */
export const ORIGIN = 'https://spike.land';
export const API = `${ORIGIN}/api/social/tiktok/`;
/** The user of a session at the host. */
export type Person = 'olivia' | 'victor' | 'mallory';
/** olivia owns ws1 and is a viewer in ws2, victor the reverse. mallory is a member of neither. */
const ROLES: Record<string, 'OWNER' | 'VIEWER'> = {
  'olivia ws1': 'OWNER',
  'olivia ws2': 'VIEWER',
  'victor ws1': 'VIEWER',
  'victor ws2': 'OWNER',
};

/** A started login: the URL of TikTok's page, and the browser's cookies. */
export interface Begun {
  authorizeUrl: string;
  cookie: string;
}

/** The real client and routes on the emulator. Each workspace has one connected account. */
export class World {
  readonly handlers: TikTokHandlers;
  readonly roles = new Map(Object.entries(ROLES));
  /** The account of ws1. */
  mine = '';
  theirs = '';

  constructor(
    readonly client: Client,
    readonly emulator: Emulator,
  ) {
    this.handlers = createTikTokHandlers<{ user: { id: string } }>({
      client,
      auth: (request) => {
        const id = /(?:^|; )session=(\w+)/.exec(request.headers.get('cookie') ?? '')?.[1];
        return id === undefined ? null : { user: { id } };
      },
      permissions: (session, workspaceId, permission) => {
        const role = this.roles.get(`${session.user.id} ${workspaceId}`);
        if (role === undefined) throw new AccessDenied('You are not a member of this workspace.');
        if (role === 'VIEWER' && permission !== 'social:view') throw new AccessDenied('As VIEWER you may not do this.');
      },
      workspaces: { byId: (id) => (['ws1', 'ws2'].includes(id) ? { id, slug: `slug-of-${id}` } : null) },
      accounts: { find: (accountId, workspaceId) => this.find(accountId, workspaceId) },
      uploads: { maxBytes: 5_000_000 },
      env: { NEXTAUTH_URL: ORIGIN, CRON_SECRET: 'the-secret-of-the-scheduler' },
      onError: () => {},
    });
  }

  private async find(accountId: string, workspaceId: string | null) {
    const rows: { accountId: string; workspaceId: string; status: AccountStatus }[] = [];
    for (const account of await this.client.accounts()) {
      if (account.accountId !== accountId || (workspaceId !== null && account.tenant !== workspaceId)) continue;
      rows.push({ accountId, workspaceId: account.tenant, status: account.status });
    }
    return rows;
  }

  send(path: string, init: RequestInit & { as?: Person | null; method?: 'GET' | 'POST' | 'PATCH' } = {}): Promise<Response> {
    const { as = 'olivia', method = 'GET', headers, ...rest } = init;
    const all = new Headers(headers);
    if (as !== null) all.set('cookie', [`session=${as}`, all.get('cookie')].filter(Boolean).join('; '));
    return this.handlers.handlers[method](new Request(new URL(path, API), { method, headers: all, ...rest }));
  }

  /** Sends a POST of JSON as the host's own pages do, with more headers if given. */
  post(path: string, body: unknown, headers: Record<string, string> = {}, as: Person | null = 'olivia'): Promise<Response> {
    const own = { origin: ORIGIN, 'content-type': 'application/json', ...headers };
    return this.send(path, { as, method: 'POST', headers: own, body: typeof body === 'string' ? body : JSON.stringify(body) });
  }

  /** Sends an upload as a browser does. `fields` precede the file, `late` follows it. */
  upload(
    fields: Record<string, string>,
    { bytes = new Uint8Array(1000), query = `accountId=${this.mine}`, headers = {}, as = 'olivia' as Person | null, name = 'a.mp4', late = {} as Record<string, string> } = {},
  ): Promise<Response> {
    const form = new FormData();
    for (const [field, value] of Object.entries(fields)) form.append(field, value);
    form.append('file', new File([bytes], name));
    for (const [field, value] of Object.entries(late)) form.append(field, value);
    return this.sendForm(form, query, headers, as);
  }

  /** Uploads a real video and waits for the outcome, because the response precedes the last bytes of the upload. */
  async uploadVideo(change: (size: number) => Record<string, string>): Promise<Response> {
    const folder = await mkdtemp(join(tmpdir(), 'toklink-'));
    try {
      await writeVideo(join(folder, 'a.mp4'), 1_000_000);
      const bytes = new Uint8Array(await readFile(join(folder, 'a.mp4')));
      return await this.ended(newJob(), (query) => this.upload(change(bytes.byteLength), { bytes, query }));
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  /** Resolves to the failure of a publish as a response, even if the failure arrived as an event. */
  async ended(jobId: string, upload: (query: string) => Promise<Response>): Promise<Response> {
    const answer = await upload(`accountId=${this.mine}&jobId=${jobId}`);
    if (answer.status !== 202) return answer;
    const events = await (await this.send(`publish/events?jobId=${jobId}`)).text();
    const failure = /event: failure\ndata: (.*)/.exec(events)?.[1];
    return new Response(failure ?? events, { status: failure === undefined ? 200 : 400 });
  }

  private async sendForm(form: FormData, query: string, headers: Record<string, string>, as: Person | null): Promise<Response> {
    const made = new Request(API, { method: 'POST', body: form });
    const body = new Uint8Array(await made.arrayBuffer());
    const type = made.headers.get('content-type') ?? '';
    const own = { origin: ORIGIN, 'content-type': type, 'content-length': String(body.byteLength), ...headers };
    return this.send(`publish?${query}`, { as, method: 'POST', headers: own, body });
  }

  async begin(as: Person = 'olivia', workspaceId = 'ws1', headers: Record<string, string> = {}): Promise<Begun> {
    const response = await this.send(`connect?workspaceId=${workspaceId}&workspaceSlug=any`, { as, headers });
    const cookie = response.headers.getSetCookie().at(-1)?.split(';')[0] ?? '';
    return { authorizeUrl: response.headers.get('location') ?? '', cookie };
  }

  /** Consents on TikTok's page. Resolves to the callback URL to which TikTok redirects. */
  async consent(begun: Begun, username = 'cleo.banned'): Promise<URL> {
    return new URL(await this.emulator.consent(begun.authorizeUrl, { username }));
  }

  /** Opens a callback. Resolves to the URL to which the browser is redirected. */
  async callback(at: URL | string, cookie: string, as: Person | null = 'olivia'): Promise<URL> {
    const response = await this.send(String(at), { as, headers: { cookie } });
    return new URL(response.headers.get('location') ?? 'no:redirect');
  }

  /** Sends a webhook that is signed with `secret`, with a timestamp `at` seconds from now. */
  webhook(body: string, { secret = APP.clientSecret, at = 0, signature = '' } = {}): Promise<Response> {
    const t = Math.floor(Date.now() / 1000) + at;
    const s = createHmac('sha256', secret).update(`${t}.${body}`).digest('hex');
    const headers = { 'tiktok-signature': signature || `t=${t},s=${s}` };
    return this.send('webhook', { as: null, method: 'POST', headers, body });
  }

  /** Resolves to the state that no attack may change: the accounts and the posts. */
  async unharmed(): Promise<unknown> {
    const accounts = (await this.client.accounts()).map(({ tenant, accountId, status }) => `${tenant} ${accountId} ${status}`);
    return { accounts: accounts.sort(), posts: (await this.emulator.posts()).length };
  }
}

export const REMOVED = (accountId: string, clientKey: string = APP.clientKey): string =>
  JSON.stringify({
    client_key: clientKey,
    event: 'authorization.removed',
    create_time: Math.floor(Date.now() / 1000) + 60,
    user_openid: accountId,
    content: '{"reason":1}',
  });

/** The expected response to an attack: a status and body fields, or a redirect with an error. */
export type Expected = { status: number; body?: Record<string, string> } | { error: RegExp; path?: string };
export type Attack = [attack: string, run: (world: World) => Promise<Response | URL>, expected: Expected];

const LOGIN_FAILED = '/orbit/slug-of-ws1/settings/accounts';

/** Runs each attack in its own world. No attack may change the state or reveal a secret. */
export function attacks(table: Attack[]): void {
  let emulator: Emulator;
  let world: World;
  beforeAll(async () => {
    emulator = await Emulator.start();
  });
  afterAll(() => emulator.stop());
  beforeEach(async () => {
    await emulator.post('reset');
    const client = new Client({
      ...APP,
      encryptionKey: KEY,
      callbackUrl: `${API}callback`,
      apiBaseUrl: emulator.baseUrl,
      authBaseUrl: emulator.baseUrl,
      store: 'memory',
    });
    world = new World(client, emulator);
    world.mine = await connected(world, 'olivia', 'ws1', 'ana.makes');
    world.theirs = await connected(world, 'victor', 'ws2', 'ben.private');
    return () => client.close();
  });

  it.each(table)('%s', async (_attack, run, expected) => {
    const before = await world.unharmed();
    const answer = await run(world);
    if ('status' in expected) {
      expect(answer).toBeInstanceOf(Response);
      const response = answer as Response;
      const text = await response.text();
      expect([response.status, text]).toEqual([expected.status, expect.stringMatching(/./)]);
      if (expected.body !== undefined) expect(JSON.parse(text)).toMatchObject(expected.body);
      expect(text).not.toContain(APP.clientSecret);
    } else {
      const url = answer as URL;
      expect(url.origin).toBe(ORIGIN);
      expect(url.pathname).toBe(expected.path ?? LOGIN_FAILED);
      expect(url.searchParams.get('error')).toMatch(expected.error);
      expect(url.searchParams.get('connected')).toBeNull();
    }
    expect(await world.unharmed()).toEqual(before);
  });
}

async function connected(world: World, as: Person, workspaceId: string, username: string): Promise<string> {
  const begun = await world.begin(as, workspaceId);
  const at = await world.callback(await world.consent(begun, username), begun.cookie, as);
  return at.searchParams.get('accountId') ?? '';
}

export const newJob = (): string => randomUUID();
