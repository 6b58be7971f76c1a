import { describe, expect, it } from 'vitest';
import type { ResealReport } from '../../js/types.js';
import { codeOf, post, withHost } from './host.js';

const REPORT: ResealReport = {
  done: 7,
  total: 7,
  resealed: 0,
  current: 1,
  skipped: 1,
  failed: 1,
  failures: [{ tenant: 'ws1', accountId: 'open-9', code: 'INTEGRITY', message: 'the sealed value does not open' }],
  sealingKey: 'k1',
  keys: { k1: 1 },
  olderKey: 0,
  legacy: 2,
  clearText: 2,
  outstanding: 4,
  next: null,
};
const SECRET = { authorization: 'Bearer s3cret' };

describe('the migration route', () => {
  const host = withHost();
  const call = (query = '', headers: Record<string, string> = SECRET): Promise<Response> => {
    host().env['CRON_SECRET'] = 's3cret';
    return host().routes.migrate(post(`migrate${query}`, {}, headers));
  };

  it('responds with 404 while it is disabled', async () => {
    expect((await call()).status).toBe(404);
    expect(host().calls).toEqual([]);
  });

  it('counts and changes nothing without apply=true', async () => {
    host().options.migration = {};
    host().api.resealAccounts = async () => REPORT;
    const answer = (await (await call()).json()) as Record<string, unknown>;
    expect(answer).toEqual({ ...REPORT, applied: false });
    expect((await call('?apply=false')).status).toBe(200);
    for (const [options] of host().called('resealAccounts')) {
      expect(options).toEqual({
        checkOnly: true,
        acceptClearText: false,
        format: 'current',
        timeLimitMs: 20_000,
        signal: expect.any(AbortSignal) as AbortSignal,
      });
    }
  });

  it('writes with apply=true and continues after `next`', async () => {
    host().options.migration = { acceptClearText: true };
    host().api.resealAccounts = async () => ({ ...REPORT, resealed: 4, next: { tenant: 'ws1', accountId: 'open/7' } });
    const { applied, next } = (await (await call('?apply=true')).json()) as { applied: boolean; next: string };
    expect(applied).toBe(true);
    await call(`?apply=true&after=${next}`);
    expect(host().called('resealAccounts')).toMatchObject([
      [{ checkOnly: false, acceptClearText: true }],
      [{ checkOnly: false, after: { tenant: 'ws1', accountId: 'open/7' } }],
    ]);
  });

  it('writes the old format only if the option is set', async () => {
    host().options.migration = { format: 'legacy' };
    host().api.resealAccounts = async () => REPORT;
    await call('?apply=true');
    expect(host().called('resealAccounts')).toMatchObject([[{ format: 'legacy', checkOnly: false }]]);
  });

  it('rejects a request without the secret', async () => {
    host().options.migration = {};
    for (const headers of [{}, { authorization: 'Bearer s3cre' }, { 'x-cron-secret': '' }]) {
      expect((await call('', headers as Record<string, string>)).status).toBe(401);
    }
    host().env['CRON_SECRET'] = '';
    expect((await host().routes.migrate(post('migrate', {}, SECRET))).status).toBe(503);
    expect(host().calls).toEqual([]);
  });

  it('rejects an invalid query', async () => {
    host().options.migration = {};
    for (const query of ['?apply=yes', '?apply=', '?after=', '?after=x', `?after=${Buffer.from('["a"]').toString('base64url')}`]) {
      const response = await call(query);
      expect(response.status, query).toBe(400);
      expect(await codeOf(response)).toBe('BAD_REQUEST');
    }
    expect(host().calls).toEqual([]);
  });
});
