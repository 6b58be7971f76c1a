import { randomUUID } from 'node:crypto';
import { readJson } from '../body.js';
import { isTaken } from '../remote-publishes.js';
import { Feed } from '../feed.js';
import { accountFor, keyOf, requireOwnOrigin, signedIn } from '../guard.js';
import { ResumableStream } from '../resumable-stream.js';
import { isJobId, recordedPublish, localJob, publishElsewhere } from '../publish-lookup.js';
import { MinimumRate } from '../minimum-rate.js';
import { isOn, postSettings } from '../post-settings.js';
import { errorResponse, json, HttpError } from '../respond.js';
import { receiveVideo } from '../upload.js';
import type { RouteContext } from '../context.js';
import type { Named } from '../job-types.js';
import type { RunPublish } from '../jobs.js';
import type { PublishVideoInput } from '../../types.js';

function inputOf(fields: Map<string, string>, { stream, sizeBytes }: ResumableStream): PublishVideoInput {
  const text = (name: string) => fields.get(name) ?? undefined;
  const cover = text('coverTimestampMs') ?? '';
  if (cover !== '' && !/^\d{1,9}$/.test(cover)) {
    throw new HttpError(400, 'BAD_REQUEST', 'coverTimestampMs must be a whole number of milliseconds.');
  }
  return {
    source: { stream, size: sizeBytes },
    ...postSettings(text),
    allowDuet: isOn(text, 'allowDuet'),
    allowStitch: isOn(text, 'allowStitch'),
    ...(cover !== '' && { coverTimestampMs: Number(cover) }),
  };
}

/** Returns the job id that the browser chose, or a new one. The job id is also the idempotency key. */
function jobIdOf(query: URLSearchParams): string {
  const id = query.get('jobId');
  if (id === null) return randomUUID();
  if (isJobId(id)) return id;
  throw new HttpError(400, 'BAD_REQUEST', 'jobId must be a UUID, such as crypto.randomUUID() returns.');
}

/** Resolves to the user, the account and the job id of a publish, without reading the request body. */
export async function posting(context: RouteContext, request: Request): Promise<Named> {
  requireOwnOrigin(request, context.address.origin);
  const session = await signedIn(context.options, request);
  const query = new URL(request.url).searchParams;
  const wanted = { accountId: query.get('accountId'), workspaceId: query.get('workspaceId') };
  const account = keyOf(await accountFor(context.options, session, wanted, 'social:post'));
  return { id: jobIdOf(query), userId: session.user.id, account };
}

/**
 * POST ?accountId[&jobId], multipart/form-data with `privacyLevel`, `title`, `allowComment`, ..., `fileSize` and, as the last
 * field, `file`. With `draft`, the video goes to the creator's inbox on TikTok, where the creator chooses the other settings.
 * Sends the bytes to TikTok while they arrive, without storing them. Responds with 202 and `{ jobId }` once the whole file has
 * arrived, or with the error if the publish fails earlier. `publishEvents` reports progress from the file's first byte. A browser
 * that chooses the job id can follow the job while it sends the file. After a broken connection, the browser continues with
 * `resumePublish`, or sends the same file again under the same id.
 */
export async function publish(context: RouteContext, request: Request): Promise<Response> {
  const { options, jobs } = context;
  // Checked first, so that a user without permission causes little load.
  const named = await posting(context, request);
  const client = await context.client();
  await jobs.restart(named);
  const slots = jobs.enter(named, options.uploads);
  const minimumRate = new MinimumRate(jobs.clock);
  const feed = new Feed(request, minimumRate);
  let started = false;
  let follow = (_ended: Promise<unknown>): void => {};
  const ended = new Promise<unknown>((resolve) => (follow = resolve));
  const received = receiveVideo(feed, request, options.uploads?.maxBytes, ({ fields, sizeBytes }) => {
    const fileStream = new ResumableStream(sizeBytes, minimumRate);
    const input = inputOf(fields, fileStream);
    const run: RunPublish = async (signal, onProgress) => {
      try {
        // A job id that was generated here does not exist in other processes.
        if (new URL(request.url).searchParams.has('jobId')) await jobs.remote.stopUpload(client, named);
        return await client.publishVideo(named.account, input, { signal, onProgress, idempotencyKey: named.id });
      } catch (error) {
        if (fileStream.failure !== null || !isTaken(error)) throw fileStream.failure ?? error;
        // Discards the rest of the body, because another process already has the file.
        fileStream.stream.destroy();
        return jobs.remote.outcome(client, named, signal, onProgress);
      }
    };
    const job = jobs.start(named, slots, fileStream, run, (failure) => context.ended('publish', failure));
    context.flow('publish', 'started');
    started = true;
    follow(job.ended);
    return fileStream;
  });
  return answer(named.id, ended, received.catch((error: unknown) => {
    if (!started) slots.leave();
    throw error;
  }));
}

/**
 * Responds when the body has arrived or was interrupted, or when the publish has already ended because it failed or was posted
 * before.
 */
export async function answer(jobId: string, ended: Promise<unknown>, received: Promise<void>): Promise<Response> {
  const failure = await Promise.race([received.catch((error: unknown) => error), ended]);
  return failure == null ? json({ jobId }, 202) : errorResponse(failure);
}

/**
 * POST {jobId, accountId, workspaceId}: cancels the publish, even when another process on the same store runs it. Has no effect
 * on the post once TikTok has all bytes.
 */
export async function cancelPublish(context: RouteContext, request: Request): Promise<Response> {
  requireOwnOrigin(request, context.address.origin);
  const session = await signedIn(context.options, request);
  const asked = await readJson(request);
  const job = await localJob(context, session, asked);
  const moved = job === null ? await recordedPublish(context, session, asked) : await publishElsewhere(context, job);
  if (moved === null) {
    job?.cancel();
    return json({ cancelling: true }, 202);
  }
  const { outcome, lastError } = await moved.client.requestCancel(moved.named.account, moved.named.id);
  if (outcome !== null || lastError !== null) throw new HttpError(409, 'ENDED', 'This post has ended, so there is nothing to cancel.');
  return json({ cancelling: true }, 202);
}
