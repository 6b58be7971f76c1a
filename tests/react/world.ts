import { test as base, type Locator, type Page } from '@playwright/test';
import { writeFile } from 'node:fs/promises';
// @ts-expect-error The repository's scripts are plain JavaScript.
import { writeMp4 } from '../../scripts/lib/mp4.mjs';
import type { ReactVersion } from './bundle.js';
import { counted } from './counted.js';
import { Host } from './host.js';

export { expect } from '@playwright/test';

/** The React version of the page, which the Playwright project sets. */
export interface OfReact {
  react: ReactVersion;
}

/** Opens a component's page, for one of the emulator's users. */
type Open = (show: string, options?: { username?: string; drafts?: boolean; title?: string }) => Promise<void>;

export const test = base.extend<{ open: Open; clip: string }, OfReact & { host: Host }>({
  react: ['19', { option: true, scope: 'worker' }],
  host: [
    async ({}, use) => {
      const host = await Host.start();
      await use(host);
      await host.stop();
    },
    { scope: 'worker' },
  ],
  page: async ({ page }, use) => counted(page, use),
  open: async ({ page, host, react }, use) => {
    await host.emulator.faults();
    await use(async (show, { username = 'ana.makes', drafts = false, title = '' } = {}) => {
      const query = new URLSearchParams({ show, account: await host.connect(username), title });
      if (drafts) query.set('drafts', '');
      await page.goto(`${host.url}/react-${react}/page?${query}`);
    });
  },
  clip: async ({}, use) => {
    const path = base.info().outputPath('clip.mp4');
    await writeMp4(path, { bytes: 3_000_000, seconds: 4 });
    await use(path);
  },
});

/** Changes some fields of TikTok's creator info. */
export async function creatorIs(host: Host, some: Record<string, unknown>): Promise<void> {
  const creator = {
    creator_avatar_url: '',
    creator_username: 'ana.makes',
    creator_nickname: 'Ana Makes',
    privacy_level_options: ['PUBLIC_TO_EVERYONE', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY'],
    comment_disabled: false,
    duet_disabled: false,
    stitch_disabled: false,
    max_video_post_duration_sec: 600,
    ...some,
  };
  const body = JSON.stringify({ data: creator, error: { code: 'ok', message: '', log_id: 'L' } });
  await host.emulator.faults({ endpoint: 'creator_info', status: 200, body, content_type: 'application/json', times: 0 });
}

export const publishButton = (page: Page): Locator => page.getByRole('button', { name: 'Post to TikTok' });

/** Chooses a video and its audience, the only required fields of a post. */
export async function fill(page: Page, video: string, audience = 'SELF_ONLY'): Promise<void> {
  await page.getByLabel('Video', { exact: true }).setInputFiles(video);
  await page.getByLabel('Who can see this post').selectOption(audience);
}

/** Writes a file that is not a video. */
export async function writeNotes(path: string): Promise<string> {
  await writeFile(path, 'not a video at all');
  return path;
}
