import { creatorIs, expect, fill, publishButton, test } from './world.js';

// Each test covers one requirement of TikTok's content sharing guidelines (docs/tiktok-api.md 5.12), by its id.

test('UX-1a: the creator is named with current data', async ({ page, host, open }) => {
  await creatorIs(host, { creator_nickname: 'Ana, renamed a minute ago' });
  await open('composer');
  await expect(page.getByText('Ana, renamed a minute ago')).toBeVisible();
});

test('UX-1b: a creator who cannot post gets no form', async ({ page, open }) => {
  await open('composer', { username: 'dan.capped' });
  await expect(page.getByRole('alert')).toContainText('This creator cannot post right now. Try again later.');
  await expect(page.getByRole('form')).toHaveCount(0);
});

test('UX-1c: a video that is too long is rejected before an upload', async ({ page, host, open, clip }) => {
  await creatorIs(host, { max_video_post_duration_sec: 2 });
  await open('composer');
  await fill(page, clip);
  await expect(page.getByText('Longer than this creator’s maximum of 2 seconds.')).toBeVisible();
  await expect(publishButton(page)).toBeDisabled();
});

test('UX-2a: the caption can be written and changed', async ({ page, open }) => {
  await open('composer');
  await page.getByLabel('Caption').fill('first');
  await page.getByLabel('Caption').fill('second');
  await expect(page.getByLabel('Caption')).toHaveValue('second');
});

test('UX-2b: privacy is a dropdown without a default', async ({ page, host, open, clip }) => {
  await creatorIs(host, { privacy_level_options: ['FOLLOWER_OF_CREATOR', 'SELF_ONLY'] });
  await open('composer');
  const privacy = page.getByLabel('Who can see this post');
  await expect(privacy).toHaveValue('');
  await expect(privacy.locator('option:not([value=""])')).toHaveText(['Followers', 'Only me']);
  await page.getByLabel('Video', { exact: true }).setInputFiles(clip);
  await expect(publishButton(page)).toBeDisabled();
});

test('UX-2c: interactions that the creator disabled are off', async ({ page, host, open }) => {
  await creatorIs(host, { duet_disabled: true });
  await open('composer');
  for (const [name, off] of [['Allow Comment', false], ['Allow Duet', true], ['Allow Stitch', false]] as const) {
    const box = page.getByRole('checkbox', { name });
    await expect(box).toBeEnabled({ enabled: !off });
    await expect(box).not.toBeChecked();
  }
});

test('UX-2d: interactions are off until the user enables them', async ({ page, host, open, clip }) => {
  await creatorIs(host, {});
  await open('composer', { title: 'Only comments' });
  await expect(page.locator('input[type=checkbox]:checked')).toHaveCount(0);
  await fill(page, clip);
  await page.getByRole('checkbox', { name: 'Allow Comment' }).check();
  await publishButton(page).click();
  await expect(page.getByText('Posted to TikTok.')).toBeVisible({ timeout: 40_000 });
  const [post] = (await host.emulator.posts()).filter((each) => each['title'] === 'Only comments');
  expect(post).toMatchObject({ disable_comment: false, disable_duet: true, disable_stitch: true });
});

test('UX-2e: a photo post offers only the comment setting', async ({ page, open }) => {
  await open('photos');
  await expect(page.getByRole('checkbox', { name: 'Allow Comment' })).toBeVisible();
  await expect(page.getByRole('checkbox', { name: /Duet|Stitch/ })).toHaveCount(0);
});

test('UX-3a: the switch for commercial content is off by default', async ({ page, open }) => {
  await open('composer');
  await expect(page.getByRole('switch', { name: /^Disclose content/ })).not.toBeChecked();
  await expect(page.getByRole('checkbox', { name: /^Your brand|^Branded content/ })).toHaveCount(0);
});

test('UX-3b: commercial content needs a kind before posting', async ({ page, open, clip }) => {
  await open('composer');
  await fill(page, clip, 'PUBLIC_TO_EVERYONE');
  await expect(publishButton(page)).toBeEnabled();
  await page.getByRole('switch', { name: /^Disclose content/ }).check();
  await expect(publishButton(page)).toBeDisabled();
  await expect(page.getByTitle('You need to indicate if your content promotes yourself, a third party, or both.')).toBeVisible();
  await page.getByRole('checkbox', { name: /^Your brand/ }).check();
  await page.getByRole('checkbox', { name: /^Branded content/ }).check();
  await expect(publishButton(page)).toBeEnabled();
});

test('UX-3c: "Your brand" is labeled as promotional content', async ({ page, open }) => {
  await open('composer');
  await page.getByRole('switch', { name: /^Disclose content/ }).check();
  await page.getByRole('checkbox', { name: /^Your brand/ }).check();
  await expect(page.getByText('Your video will be labeled as “Promotional content”.')).toBeVisible();
});

test('UX-3d: branded content is labeled as a paid partnership', async ({ page, open }) => {
  await open('composer');
  await page.getByRole('switch', { name: /^Disclose content/ }).check();
  await page.getByRole('checkbox', { name: /^Branded content/ }).check();
  await expect(page.getByText('Your video will be labeled as “Paid partnership”.')).toBeVisible();
  await page.getByRole('checkbox', { name: /^Your brand/ }).check();
  await expect(page.getByText('Your video will be labeled as “Paid partnership”.')).toBeVisible();
});

test('UX-3e: branded content and a private post exclude each other', async ({ page, host, open }) => {
  await creatorIs(host, {});
  await open('composer');
  const never = 'Branded content visibility cannot be set to private.';
  const privacy = page.getByLabel('Who can see this post');
  await page.getByRole('switch', { name: /^Disclose content/ }).check();
  const branded = page.getByRole('checkbox', { name: /^Branded content/ });
  await branded.check();
  await expect(privacy.locator('option[value="SELF_ONLY"]')).toBeDisabled();
  await expect(privacy.locator('option[value="SELF_ONLY"]')).toHaveAttribute('title', never);
  await expect(page.getByText(never)).toBeVisible();
  await branded.uncheck();
  await privacy.selectOption('SELF_ONLY');
  await expect(branded).toBeDisabled();
  await expect(page.getByTitle(never)).toBeVisible();
});

const MUSIC = /tiktok\.com\/legal\/page\/global\/music-usage-confirmation\/en$/;

test('UX-4a: the Music Usage Confirmation is linked', async ({ page, open }) => {
  await open('composer');
  await expect(page.getByText("By posting, you agree to TikTok's Music Usage Confirmation")).toBeVisible();
  await expect(page.getByRole('link', { name: 'Music Usage Confirmation' })).toHaveAttribute('href', MUSIC);
  const before = await page.evaluate(() => {
    const [link, button] = [document.querySelector('form a'), document.querySelector('button[type=submit]')];
    return link && button && link.compareDocumentPosition(button) & Node.DOCUMENT_POSITION_FOLLOWING;
  });
  expect(before).toBeTruthy();
});

test('UX-4b: branded content adds the Branded Content Policy', async ({ page, open }) => {
  await open('composer');
  await page.getByRole('switch', { name: /^Disclose content/ }).check();
  await page.getByRole('checkbox', { name: /^Branded content/ }).check();
  await expect(page.getByText("By posting, you agree to TikTok's Branded Content Policy and Music Usage Confirmation")).toBeVisible();
  const policy = page.getByRole('link', { name: 'Branded Content Policy' });
  await expect(policy).toHaveAttribute('href', /tiktok\.com\/legal\/page\/global\/bc-policy\/en$/);
  await expect(page.getByRole('link', { name: 'Music Usage Confirmation' })).toHaveAttribute('href', MUSIC);
});

test('UX-5a: the video or photos are previewed', async ({ page, open, clip }) => {
  await open('composer');
  await page.getByLabel('Video', { exact: true }).setInputFiles(clip);
  const preview = page.getByRole('complementary', { name: 'Preview' });
  await expect(preview.locator('video')).toHaveJSProperty('videoHeight', 1024);
  await expect(preview.getByText('clip.mp4 · 3.0 MB · 4 s')).toBeVisible();
  await open('photos');
  await expect(page.getByRole('complementary', { name: 'Preview' }).getByRole('img')).toHaveCount(2);
});

test('UX-5b: media are unchanged and a caption can be edited', async ({ page, host, open, clip }) => {
  await open('composer', { title: 'Preset #tag' });
  await expect(page.getByLabel('Caption')).toHaveValue('Preset #tag');
  await page.getByLabel('Caption').fill('Mine alone');
  await fill(page, clip);
  await publishButton(page).click();
  await expect(page.getByText('Posted to TikTok.')).toBeVisible({ timeout: 40_000 });
  const [post] = (await host.emulator.posts()).filter((each) => each['title'] === 'Mine alone');
  expect(post).toMatchObject({ bytes_received: 3_000_000 });
});

test('UX-5c: nothing is sent before the button is pressed', async ({ page, open, clip }) => {
  const sent: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()));
  await open('composer');
  await fill(page, clip);
  await page.getByLabel('Caption').fill('Not yet');
  await expect(publishButton(page)).toBeEnabled();
  expect(sent).toEqual([]);
});

test('UX-5d: after sending, a note says it may take minutes', async ({ page, open, clip }) => {
  await open('composer');
  await fill(page, clip);
  await publishButton(page).click();
  await expect(page.getByText(/can take a few minutes/)).toBeVisible({ timeout: 40_000 });
});

test('UX-5e: success and failure are shown', async ({ page, host, open, clip }) => {
  await open('composer');
  await fill(page, clip);
  const body = JSON.stringify({
    data: { status: 'FAILED', fail_reason: 'spam_risk', uploaded_bytes: 3_000_000 },
    error: { code: 'ok', message: '', log_id: 'L' },
  });
  await host.emulator.faults({ endpoint: 'status', status: 200, body, content_type: 'application/json', times: 0 });
  await publishButton(page).click();
  await expect(page.getByRole('alert')).toContainText('classified the post as spam', { timeout: 40_000 });
  await host.emulator.faults();
  await publishButton(page).click();
  await expect(page.getByText('Posted to TikTok.')).toBeVisible({ timeout: 40_000 });
});
