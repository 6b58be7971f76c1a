import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ToklinkError } from '../../js/errors.js';
import { get, withHost } from './host.js';
import { form, read, slowly, upload } from './uploads.js';

const CLOSED = new ToklinkError({ code: 'CLOSED', message: 'the client was closed', idempotencyKey: 'k', publishId: 'v_pub_1' });

describe('a post of a closing process', () => {
  const host = withHost();

  it('reports no failure, so that the page asks another process', async () => {
    let close = (): void => {};
    host().api.publishVideo = async (_account, input) => {
      await read(input);
      return new Promise((_, reject) => (close = () => reject(CLOSED)));
    };
    const sent = await host().routes.publish(upload(form({ privacyLevel: 'SELF_ONLY' })));
    const { jobId } = (await sent.json()) as { jobId: string };
    await setImmediate();
    const reader = (await host().routes.publishEvents(get(`publish/events?jobId=${jobId}`))).body!.getReader();
    const next = async () => Buffer.from((await reader.read()).value ?? []).toString();
    expect(await next()).toBe('retry: 1000\n\n');
    close();
    await setImmediate();
    host().clock.advance(15_000);
    expect(await next()).toBe(': still here\n\n');
    await reader.cancel();
    expect((await host().routes.publishEvents(get(`publish/events?jobId=${jobId}`))).status).toBe(404);
    expect((await host().routes.publishOffset(get(`publish?jobId=${jobId}`))).status).toBe(404);
  });

  it('responds with CLOSED to an upload', async () => {
    host().api.publishVideo = async () => Promise.reject(CLOSED);
    const body = form({ privacyLevel: 'SELF_ONLY' }, Buffer.alloc(200_000));
    const answer = await host().routes.publish(slowly(body, (bytes) => bytes < 100_000 || new Promise(() => {})));
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([503, 'CLOSED']);
  });
});
