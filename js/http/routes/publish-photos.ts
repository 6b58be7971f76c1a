import { readFields } from '../body.js';
import { isTaken } from '../remote-publishes.js';
import { isOn, postSettings } from '../post-settings.js';
import { json, HttpError } from '../respond.js';
import { posting } from './publish.js';
import type { RouteContext } from '../context.js';
import type { PublishPhotosInput } from '../../types.js';

/** The maximum body size. It exceeds the size of 35 URLs and both texts with all characters escaped. */
const MAX_BODY_BYTES = 128 * 1024;

function inputOf(body: Record<string, unknown>): PublishPhotosInput {
  const text = (name: string) => {
    const value = body[name];
    return value === true ? 'true' : typeof value === 'string' ? value : undefined;
  };
  const { photoUrls: urls, coverIndex = 0 } = body;
  if (!Array.isArray(urls) || !urls.every((url) => typeof url === 'string')) {
    throw new HttpError(400, 'BAD_REQUEST', 'photoUrls must be a list of 1 to 35 https URLs.');
  }
  if (typeof coverIndex !== 'number' || !Number.isInteger(coverIndex) || coverIndex < 0) {
    throw new HttpError(400, 'BAD_REQUEST', 'coverIndex must be the index of a photo, counted from 0.');
  }
  return {
    urls,
    coverIndex,
    description: text('description') ?? '',
    autoAddMusic: isOn(text, 'autoAddMusic'),
    ...postSettings(text),
  };
}

/**
 * POST ?accountId[&jobId], JSON with `photoUrls` (which TikTok fetches), `title`, `description`, `privacyLevel`, `allowComment`,
 * ... Responds immediately with 202 and `{ jobId }`. `publishEvents` reports the progress and the outcome.
 */
export async function publishPhotos(context: RouteContext, request: Request): Promise<Response> {
  const { jobs } = context;
  const named = await posting(context, request);
  const input = inputOf(await readFields(request, MAX_BODY_BYTES));
  const client = await context.client();
  const slots = jobs.enterWithoutUpload(named);
  try {
    jobs.start(
      named,
      slots,
      null,
      async (signal, onProgress) => {
        try {
          return await client.publishPhotos(named.account, input, { signal, onProgress, idempotencyKey: named.id });
        } catch (error) {
          if (!isTaken(error)) throw error;
          return jobs.remote.outcome(client, named, signal, onProgress);
        }
      },
      (failure) => context.ended('publishPhotos', failure),
    );
  } catch (refused) {
    slots.leave();
    throw refused;
  }
  context.flow('publish', 'started');
  return json({ jobId: named.id }, 202);
}
