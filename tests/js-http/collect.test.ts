import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { TikTokApi } from '../../js/client-interface.js';
import { ToklinkError } from '../../js/errors.js';
import { createTikTokRoutes } from '../../js/http/index.js';
import type { CollectReport, MetricsHistory } from '../../js/types.js';
import { get, withHost } from './host.js';

const REPORT = { collected: 3, current: 0, skipped: 0, failed: 1, complete: true, failures: [] as unknown } as CollectReport;

function cron(path: string, authorization?: string): Request {
  const request = get(path);
  if (authorization !== undefined) request.headers.set('authorization', authorization);
  return request;
}

describe('the metrics job', () => {
  const host = withHost();

  it('collects up to 100 accounts with the scheduler secret', async () => {
    host().env['CRON_SECRET'] = 's3cret';
    host().api.collectMetrics = async () => REPORT;
    const response = await host().routes.collectMetrics(cron('collect', 'Bearer s3cret'));
    expect(await response.json()).toEqual(REPORT);
    await host().routes.collectMetrics(cron('collect?workspaceId=ws1&limit=7', 'Bearer s3cret'));
    const signal = expect.any(AbortSignal) as AbortSignal;
    expect(host().called('collectMetrics')).toEqual([[{ limit: 100, signal }], [{ limit: 7, tenant: 'ws1', signal }]]);
  });

  it('rejects callers without the secret, signed in or not', async () => {
    host().env['CRON_SECRET'] = 's3cret';
    for (const sent of [undefined, '', 'Bearer ', 'Bearer s3cre', 'Bearer s3crets', 's3cret', 'Basic s3cret']) {
      expect((await host().routes.collectMetrics(cron('collect', sent))).status).toBe(401);
    }
    expect(host().calls).toEqual([]);
  });

  it('also accepts the secret in X-Cron-Secret', async () => {
    host().env['CRON_SECRET'] = 's3cret';
    host().api.collectMetrics = async () => REPORT;
    for (const [secret, status] of [['s3cret', 200], ['s3cre', 401], ['', 401], ['Bearer s3cret', 401]] as const) {
      const request = get('collect');
      request.headers.set('x-cron-secret', secret);
      expect((await host().routes.collectMetrics(request)).status).toBe(status);
    }
  });

  it('reports the missing variable when no secret is configured', async () => {
    const response = await host().routes.collectMetrics(cron('collect', 'Bearer '));
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'NOT_SET_UP', error: expect.stringContaining('CRON_SECRET') });
  });

  it('replaces metrics that are older than the maximum age', async () => {
    host().env['CRON_SECRET'] = 's3cret';
    host().api.collectMetrics = async () => REPORT;
    host().options.cron = { maxAgeMs: 600_000 };
    await host().routes.collectMetrics(cron('collect', 'Bearer s3cret'));
    await host().routes.collectMetrics(cron('collect?maxAge=0', 'Bearer s3cret'));
    const asked = host().called('collectMetrics') as [{ maxAgeMs: number }][];
    expect(asked.map(([{ maxAgeMs }]) => maxAgeMs)).toEqual([600_000, 0]);
    for (const odd of ['-1', '86401', '1h', '1.5']) {
      expect((await host().routes.collectMetrics(cron(`collect?maxAge=${odd}`, 'Bearer s3cret'))).status).toBe(400);
    }
  });

  it("reports the error of the store only to onError", async () => {
    host().env['CRON_SECRET'] = 's3cret';
    const cause = new Error('numeric field overflow at postgresql://db');
    const failure = { tenant: 'ws1', accountId: 'open-1', code: 'UNAVAILABLE', message: "the store's saveMetrics rejected" } as const;
    Object.defineProperty(failure, 'cause', { value: cause });
    host().api.collectMetrics = async () => ({ ...REPORT, failures: [failure] });
    const response = await host().routes.collectMetrics(cron('collect', 'Bearer s3cret'));
    expect(await response.text()).not.toContain('overflow');
    expect(host().errors).toEqual([expect.objectContaining({ code: 'UNAVAILABLE', cause })]);
    expect(String(host().errors[0])).toContain('open-1');
  });

  it('prints the cause when the host sets no onError', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {});
    onTestFinished(() => printed.mockRestore());
    const cause = new Error('numeric field overflow');
    const rejected = new ToklinkError({ code: 'UNAVAILABLE', message: "the store's saveMetrics rejected" }, { cause });
    const { onError: _, ...silent } = host().options;
    const routes = createTikTokRoutes({
      ...silent,
      cron: { secret: 's3cret' },
      client: { collectMetrics: () => Promise.reject(rejected) } as unknown as TikTokApi,
    });
    const response = await routes.collectMetrics(cron('collect', 'Bearer s3cret'));
    expect([response.status, await response.text()]).toEqual([503, expect.not.stringContaining('overflow')]);
    expect(printed.mock.calls).toEqual([[expect.stringContaining('saveMetrics rejected'), cause]]);
  });

  it('rejects an invalid limit', async () => {
    host().env['CRON_SECRET'] = 's3cret';
    expect((await host().routes.collectMetrics(cron('collect?limit=0', 'Bearer s3cret'))).status).toBe(400);
  });

  it('returns the history of the last 30 days by default', async () => {
    const history = { points: [], gaps: [] } as unknown as MetricsHistory;
    host().api.metricsHistory = async () => history;
    const response = await host().routes.metricsHistory(get('history?accountId=open-1&days=7'));
    expect(await response.json()).toEqual({ history });
    const [[, range]] = host().called('metricsHistory') as [[unknown, { from: string; to: string }]];
    expect(Date.parse(range.to) - Date.parse(range.from)).toBe(6 * 86_400_000);
    expect((await host().routes.metricsHistory(get('history?accountId=open-1&days=401'))).status).toBe(400);
  });
});
