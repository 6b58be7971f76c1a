import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll } from 'vitest';
import { writeVideo } from '../js/connected.js';
import { TIKTOK } from './world.js';
import type { AccountRow, Person } from './world.js';

export interface TestVideo {
  path: string;
  size: number;
  sha256: string;
  bytes: Buffer<ArrayBuffer>;
}

/** Writes a video of this size for the tests of a file. */
export function withVideo(size = 1_000_000): () => TestVideo {
  let video: TestVideo;
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'toklink-host-'));
    const path = join(folder, 'clip.mp4');
    const { sha256 } = await writeVideo(path, size);
    video = { path, size, sha256, bytes: await readFile(path) };
    return () => rm(folder, { recursive: true, force: true });
  });
  return () => video;
}

/** Posts a video as a form does, with a job id from the browser, to the load balancer or to the server at `base`. */
export function send(person: Person, row: AccountRow, video: TestVideo, jobId: string, base?: string): Promise<Response> {
  const form = new FormData();
  form.set('title', 'Spring');
  form.set('privacyLevel', 'SELF_ONLY');
  form.set('fileSize', String(video.size));
  form.set('file', new Blob([video.bytes], { type: 'video/mp4' }), 'clip.mp4');
  const query = new URLSearchParams({ accountId: row.accountId, workspaceId: person.workspaceId, jobId });
  return person.fetch(`${TIKTOK}/publish?${query}`, { method: 'POST', body: form, ...(base !== undefined && { base }) });
}
