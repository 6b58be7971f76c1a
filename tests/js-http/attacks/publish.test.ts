import { describe } from 'vitest';
import { attacks, newJob, ORIGIN, type Person, type World } from './world.js';

const GOOD = { privacyLevel: 'SELF_ONLY', title: 'x', fileSize: '1000' };
/** Starts a publish job of olivia that waits for TikTok. */
async function running(world: World): Promise<string> {
  const jobId = newJob();
  await world.emulator.faults({ endpoint: 'content_init', delay_ms: 200, status: 500, times: 0 });
  const body = { photoUrls: ['https://media.example.test/1.jpg'], privacyLevel: 'SELF_ONLY' };
  await world.post(`publish/photos?accountId=${world.mine}&jobId=${jobId}`, body);
  return jobId;
}

/** Continues an upload from its first byte. */
const resume = (world: World, jobId: string, as: Person, origin = ORIGIN): Promise<Response> => {
  const headers = { origin, 'upload-offset': '0', 'content-length': '1000' };
  return world.send(`publish?jobId=${jobId}`, { as, method: 'PATCH', headers, body: new Uint8Array(1000) });
};

describe('attacks on posting', () => {
  attacks([
    ['another site sends an upload', (w) => w.upload(GOOD, { headers: { origin: 'https://evil.example' } }), { status: 403 }],
    ['a viewer sends an upload', (w) => w.upload(GOOD, { as: 'victor' }), { status: 403 }],
    ["a user posts to another workspace's account", (w) => w.upload(GOOD, { query: `accountId=${w.theirs}` }), { status: 403 }],
    ['more bytes arrive than declared', (w) => w.uploadVideo((size) => ({ ...GOOD, fileSize: String(size - 1) })), { status: 400, body: { code: 'BAD_REQUEST' } }],
    ['fewer bytes arrive than declared', (w) => w.uploadVideo((size) => ({ ...GOOD, fileSize: String(size + 1) })), { status: 400, body: { code: 'INVALID_INPUT', reason: 'STREAM_LENGTH_MISMATCH' } }],
    ['the declared size is not a number', (w) => w.upload({ ...GOOD, fileSize: '1e3' }), { status: 411 }],
    ['the video is larger than allowed', (w) => w.upload({ ...GOOD, fileSize: '6000000' }), { status: 413 }],
    ['the request has no Content-Length', (w) => w.upload(GOOD, { headers: { 'content-length': '' } }), { status: 411 }],
    ['the body is not a form', (w) => w.post(`publish?accountId=${w.mine}`, GOOD, { 'content-length': '60' }), { status: 400 }],
    ['the settings arrive after the file', (w) => w.upload(GOOD, { late: { privacyLevel: 'PUBLIC_TO_EVERYONE' } }), { status: 400 }],
    ['the form has a hundred fields', (w) => w.upload(Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`f${at}`, 'x']))), { status: 411 }],
    ['the form has a field of 100 kB', (w) => w.upload({ ...GOOD, title: 'x'.repeat(100_000) }), { status: 413 }],
    ['the file name is a path and the video is invalid', (w) => w.ended(newJob(), (query) => w.upload(GOOD, { query, name: '../../../etc/cron.d/x' })), { status: 400, body: { code: 'INVALID_INPUT', reason: 'NOT_A_VIDEO' } }],
    ['the privacy level is unknown', (w) => w.upload({ ...GOOD, privacyLevel: 'EVERYBODY' }), { status: 400 }],
    ['the job id is a path', (w) => w.upload(GOOD, { query: `accountId=${w.mine}&jobId=../../x` }), { status: 400 }],
    ["a user follows another user's post", async (w) => w.send(`publish/events?jobId=${await running(w)}`, { as: 'victor' }), { status: 404 }],
    ["a user cancels another user's post", async (w) => w.post('publish/cancel', { jobId: await running(w) }, {}, 'victor'), { status: 404 }],
    [
      "a user reuses the job id of another user",
      async (w) => {
        const query = `accountId=${w.theirs}&jobId=${await running(w)}`;
        return w.upload(GOOD, { query, as: 'victor' });
      },
      { status: 409 },
    ],
    ['another site cancels a post', async (w) => w.post('publish/cancel', { jobId: await running(w) }, { origin: 'https://evil.example' }), { status: 403 }],
    ["a user continues another user's upload", async (w) => resume(w, await running(w), 'victor'), { status: 404 }],
    ["a user reads the offset of another user's upload", async (w) => w.send(`publish?jobId=${await running(w)}`, { as: 'victor' }), { status: 404 }],
    ['another site continues an upload', async (w) => resume(w, await running(w), 'olivia', 'https://evil.example'), { status: 403 }],
    ['a user continues an unknown upload', (w) => resume(w, newJob(), 'olivia'), { status: 404 }],
    ['the request contains 9,000 photos', (w) => w.post(`publish/photos?accountId=${w.mine}`, { photoUrls: Array(9000).fill('https://a.example/1.jpg') }), { status: 413 }],
  ]);
});
