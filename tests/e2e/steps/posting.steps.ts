import type { Page } from '@playwright/test';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
// @ts-expect-error The repository's scripts are plain JavaScript.
import { writeMp4 } from '../../../scripts/lib/mp4.mjs';
import { emulator, expect } from '../world.js';
import { Given, requests, Then, When, type Told } from './scenario.js';

const POST = '/orbit/acme/tiktok/post';

interface Post {
  publish_id: string;
  title: string;
  status: string;
  sha256: string;
  bytes_received: number;
}
const posts = async (title: string) =>
  (await emulator<{ posts: Post[] }>('state')).posts.filter((post) => post.title === title);

async function fill(page: Page, told: Told, title: string, path: string, audience = 'SELF_ONLY') {
  const bytes = await readFile(path);
  told.video = { path, bytes: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') };
  await page.goto(POST);
  await page.getByLabel('Video', { exact: true }).setInputFiles(path);
  await page.getByLabel('Caption').fill(title);
  await page.getByLabel('Who can see this post').selectOption(audience);
}

async function made(path: string): Promise<string> {
  await writeMp4(path, { bytes: 3_000_000, seconds: 4 });
  return path;
}

Given('I have filled in a post called {string}', async ({ page, told, $testInfo }, title: string) => {
  await fill(page, told, title, await made($testInfo.outputPath('clip.mp4')));
});
Given('I have filled in a post called {string} for everyone', async ({ page, told, $testInfo }, title: string) => {
  await fill(page, told, title, await made($testInfo.outputPath('clip.mp4')), 'PUBLIC_TO_EVERYONE');
});
Given('I have filled in a post called {string} with a text file', async ({ page, told, $testInfo }, title: string) => {
  const path = $testInfo.outputPath('notes.mp4');
  await writeFile(path, 'not a video\n'.repeat(100));
  await fill(page, told, title, path);
});

Given('TikTok drops the connection after {int} bytes of the upload', ({}, bytes: number) =>
  emulator('faults', [{ endpoint: 'upload', reset: true, body_bytes: bytes }]),
);
Given('TikTok delays the upload', () => emulator('faults', [{ endpoint: 'upload', delay_ms: 60_000, status: 500 }]));
Given('TikTok moderates videos for {int} minutes', ({}, minutes: number) =>
  emulator('settings', { moderation_delay_ms: minutes * 60_000 }),
);
When('TikTok stops reporting the status', () => emulator('faults', [{ endpoint: 'status', times: 0, status: 503 }]));
When('{int} minutes pass on TikTok', ({}, minutes: number) => emulator('clock', { advance_ms: minutes * 60_000 }));

When('I post it', ({ page }) => page.getByRole('button', { name: /^(Post to TikTok|Send to inbox)$/ }).click());
When('I cancel it while it is sent', async ({ page }) => {
  await expect(page.getByText('Send to TikTok').first()).toBeVisible();
  await expect.poll(async () => (await posts('Never posted')).length, 'the upload has started').toBe(1);
  await page.getByRole('button', { name: 'Cancel' }).click();
});
When('I write a caption of {int} clapper boards', ({ page }, count: number) => page.getByLabel('Caption').fill('🎬'.repeat(count)));
When('I choose to send it as a draft', ({ page }) => page.getByLabel(/as a draft/i).check());
Then("I see that it waits in the creator's inbox", ({ page }) =>
  expect(page.getByText(/TikTok inbox/).first()).toBeVisible({ timeout: 60_000 }),
);
/** Finds the upload by the hash of its bytes, because a draft has no title on TikTok. */
const uploaded = async ({ video }: Told) =>
  (await emulator<{ posts: Post[] }>('state')).posts.filter((post) => post.sha256 === video?.sha256);
When('the creator posts it in the TikTok app', async ({ told }) => {
  const [post] = await uploaded(told);
  await emulator('act', { kind: 'finish_draft', publish_id: post?.publish_id });
});
Then('TikTok has it as {string}', async ({ told }, status: string) => {
  await expect.poll(() => uploaded(told)).toMatchObject([{ status }]);
});
Given('I am on the post page', async ({ page }) => {
  await page.goto(POST);
});
When('I open the post page', async ({ page }) => {
  await page.goto(POST);
});

Then('I see its progress and that it was posted', async ({ page }) => {
  await expect(page.getByRole('progressbar').first()).toBeVisible();
  await expect(page.getByText(/Posted to TikTok/).first()).toBeVisible({ timeout: 60_000 });
});
Then('TikTok holds {string} once, with the bytes of my file', async ({ told }, title: string) => {
  const { sha256, bytes } = told.video ?? { sha256: '', bytes: 0 };
  expect(await posts(title)).toMatchObject([{ status: 'PUBLISH_COMPLETE', sha256, bytes_received: bytes }]);
});
Then('the upload was dropped once', async () => {
  const uploads = (await requests()).filter((each) => each.endpoint === 'upload');
  expect(uploads.filter((each) => each.status === 0)).toHaveLength(1);
});
Then('TikTok has published nothing called {string}', async ({}, title: string) => {
  expect((await posts(title)).filter((post) => post.status === 'PUBLISH_COMPLETE')).toEqual([]);
});
Then('the caption is still {string}', ({ page }, title: string) => expect(page.getByLabel('Caption')).toHaveValue(title));
Then('I see the error {string}', ({ page }, words: string) =>
  expect(page.getByRole('alert').first()).toContainText(new RegExp(words, 'i')),
);
Then('I see {string}', ({ page }, words: string) => expect(page.getByText(words).first()).toBeVisible());
Then('I cannot post', ({ page }) => expect(page.getByRole('button', { name: 'Post to TikTok' })).toBeDisabled());
Then('no video can be chosen', ({ page }) => expect(page.getByLabel('Video', { exact: true })).toHaveCount(0));
Then('I see that TikTok still moderates it', ({ page }) =>
  expect(page.locator('[data-phase=moderating]')).toBeVisible({ timeout: 60_000 }),
);
Then('I see that it is public', ({ page }) => expect(page.locator('[data-post-id]')).toBeVisible());
