// The media that the schedules publish: a file of one chunk, a stream of three chunks, and files on a server from which TikTok
// fetches.

import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeMp4 } from '../mp4.mjs';

const SMALL_BYTES = 1_000_000;
/** Size of a stream of three chunks, each of at least 5,242,880 bytes. */
const CHUNKED_BYTES = 15_800_000;
/** The magic bytes of a JPEG, and a start-of-frame segment of 1080x1920. */
const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 7, 128, 4, 56, 3, 0, 0, 0, 0]);

export async function openMedia() {
  const folder = await mkdtemp(join(tmpdir(), 'toklink-fence-media-'));
  const [small, chunked] = ['small.mp4', 'chunked.mp4'].map((name) => join(folder, name));
  const hashes = { file: (await writeMp4(small, { bytes: SMALL_BYTES })).sha256, chunks: (await writeMp4(chunked, { bytes: CHUNKED_BYTES })).sha256 };
  const server = createServer((request, response) => {
    if (request.url.endsWith('.mp4')) createReadStream(small).pipe(response);
    else response.end(JPEG);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Returns the media source for a job of this kind. */
    of: (kind) => ({
      file: { file: small },
      chunks: { file: chunked },
      photos: { url: 'https://media.example.test/1.jpg' },
      pull: { url: 'https://media.example.test/v.mp4' },
    })[kind],
    sha256Of: (kind) => hashes[kind],
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
