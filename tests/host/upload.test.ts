import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { send, withVideo } from './sender.js';
import { Person, tiktokPosts, withWorld } from './world.js';

withWorld();
/** Next.js truncates a body that passes through its proxy at 10 MiB. */
const video = withVideo(15 * 1024 * 1024);

describe('an upload of 15 MiB', () => {
  it('arrives at TikTok unchanged', async () => {
    const person = await Person.signedIn();
    const row = await person.connect();
    const response = await send(person, row, video(), randomUUID());
    expect(response.status, await response.text()).toBe(202);
    await expect.poll(tiktokPosts, { timeout: 20_000 }).toMatchObject([{ title: 'Spring', sha256: video().sha256 }]);
  });
});
