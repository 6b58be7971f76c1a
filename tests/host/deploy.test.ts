import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { send, withVideo } from './sender.js';
import { startInstance } from './instance.js';
import { emulator, host, Person, tiktokPosts, withWorld } from './world.js';

withWorld();
const video = withVideo();

describe('a deploy', () => {
  it('stops a server in 3 s, and another server posts its upload', async () => {
    const old = await startInstance(host.standalone, host.environment);
    const person = await Person.signedIn();
    const row = await person.connect();
    const jobId = randomUUID();
    await emulator('faults', [{ endpoint: 'upload', delay_ms: 30_000 }]);
    const interrupted = send(person, row, video(), jobId, old.url).catch(() => null);
    await expect.poll(async () => (await tiktokPosts()).length, { timeout: 10_000 }).toBe(1);
    expect(await old.stop()).toBeLessThan(3000);
    await interrupted;
    await emulator('faults', []);
    const again = await send(person, row, video(), jobId);
    expect(again.status, await again.text()).toBe(202);
    await expect.poll(tiktokPosts, { timeout: 20_000 }).toMatchObject([{ status: 'PUBLISH_COMPLETE' }]);
  });
});
