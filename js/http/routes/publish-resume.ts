import { pipeline } from 'node:stream/promises';
import { Feed } from '../feed.js';
import { requireOwnOrigin, signedIn } from '../guard.js';
import type { ResumableStream } from '../resumable-stream.js';
import { isEnded, type PublishJob } from '../jobs.js';
import { json, HttpError } from '../respond.js';
import { recordedPublish, localJob, publishElsewhere } from '../publish-lookup.js';
import { asked } from '../query.js';
import { answer } from './publish.js';
import type { RouteContext } from '../context.js';
import type { JournaledPublish } from '../../types.js';

/**
 * Resolves to the upload that the query identifies, if the user may continue it. Without `fileStream`, another process receives
 * the upload's bytes.
 */
async function uploadOf(context: RouteContext, request: Request): Promise<{ job: PublishJob; fileStream: ResumableStream } | { record: JournaledPublish }> {
  const session = await signedIn(context.options, request);
  const named = asked(new URL(request.url).searchParams);
  const job = await localJob(context, session, named);
  const moved = job === null ? await recordedPublish(context, session, named) : await publishElsewhere(context, job);
  if (moved !== null) return { record: moved.record };
  if (job?.fileStream == null) throw new HttpError(404, 'NOT_FOUND', 'This post has no upload, because TikTok fetches its photos itself.');
  return { job, fileStream: job.fileStream };
}

/** Returns the state of an upload in another process, which cannot continue in this process. */
function stateElsewhere({ outcome, lastError, phase }: JournaledPublish): 'received' | 'ended' {
  if (outcome !== null) return 'ended';
  if (lastError === null && (phase === 'LAST_CHUNK' || phase === 'PROCESSING')) return 'received';
  throw new HttpError(
    409,
    'ELSEWHERE',
    'Another server has this upload, so it cannot continue here. Send the whole file again with the same jobId; it is posted only once.',
    { closing: true },
  );
}

function stateOf(job: PublishJob, fileStream: ResumableStream): 'receiving' | 'received' | 'ended' {
  if (isEnded(job)) return 'ended';
  return fileStream.complete ? 'received' : 'receiving';
}

/**
 * GET or HEAD ?jobId&accountId&workspaceId: responds with the upload's progress, as `{ jobId, offset, size, state }` and in the
 * headers `Upload-Offset` and `Upload-Complete` (draft-ietf-httpbis-resumable-upload).
 */
export async function publishOffset(context: RouteContext, request: Request): Promise<Response> {
  const upload = await uploadOf(context, request);
  if ('record' in upload) {
    const { idempotencyKey: jobId, totalBytes: size } = upload.record;
    return json({ jobId, offset: size, size, state: stateElsewhere(upload.record) }, 200, { 'upload-offset': String(size), 'upload-complete': '?1' });
  }
  const { job, fileStream } = upload;
  const { offset, sizeBytes: size, complete } = fileStream;
  const headers = { 'upload-offset': String(offset), 'upload-complete': complete ? '?1' : '?0' };
  return json({ jobId: job.id, offset, size, state: stateOf(job, fileStream) }, 200, headers);
}

/**
 * PATCH ?jobId&accountId&workspaceId with `Upload-Offset`: receives the rest of the file from that offset. Responds like
 * `publish`. Ends an earlier request for the same upload, because its connection may have died unnoticed. Rejects a wrong offset
 * with 409 and returns the correct offset.
 */
export async function resumePublish(context: RouteContext, request: Request): Promise<Response> {
  requireOwnOrigin(request, context.address.origin);
  const upload = await uploadOf(context, request);
  if ('record' in upload) throw ended(stateElsewhere(upload.record), upload.record.totalBytes);
  const { job, fileStream } = upload;
  const [offset, length] = [wholeNumber(request, 'upload-offset'), wholeNumber(request, 'content-length')];
  const state = stateOf(job, fileStream);
  if (state !== 'receiving') throw ended(state, fileStream.offset);
  if (offset > fileStream.sizeBytes) throw beyondTheEnd(fileStream);
  const feed = new Feed(request, fileStream.minimumRate);
  fileStream.attach(feed);
  if (offset !== fileStream.offset) {
    fileStream.pause(feed);
    const words = `The upload continues at byte ${fileStream.offset}, and this request starts at byte ${offset}. Send the rest from byte ${fileStream.offset}.`;
    throw new HttpError(409, 'OFFSET', words, { offset: fileStream.offset });
  }
  if (offset + length !== fileStream.sizeBytes) {
    fileStream.pause(feed);
    throw beyondTheEnd(fileStream);
  }
  return answer(job.id, job.ended, receiveRest(feed, fileStream));
}

async function receiveRest(feed: Feed, fileStream: ResumableStream): Promise<void> {
  const take = async (bytes: AsyncIterable<Uint8Array>) => {
    for await (const chunk of bytes) await fileStream.take(feed, chunk);
  };
  try {
    await pipeline(feed.bytes(), take, { signal: feed.signal });
  } catch (error) {
    const refusal = feed.stopped ?? (HttpError.is(error) ? error : null);
    if (refusal !== null && refusal.code !== 'BUSY') fileStream.fail(refusal);
    fileStream.pause(feed);
    throw refusal ?? fileStream.interrupted();
  }
  if (fileStream.offset === fileStream.sizeBytes) return fileStream.finish(feed);
  fileStream.pause(feed);
  throw fileStream.interrupted();
}

function ended(state: 'received' | 'ended', offset: number): HttpError {
  const words = state === 'ended' ? 'This post has ended. Start a new one.' : 'The whole file has already arrived. Wait for the outcome.';
  return new HttpError(409, 'ENDED', words, { offset });
}

function beyondTheEnd({ offset, sizeBytes }: ResumableStream): HttpError {
  const words = `The request must contain the rest of the file: ${sizeBytes - offset} bytes from byte ${offset} to its end at ${sizeBytes}.`;
  return new HttpError(416, 'OFFSET', words, { offset });
}

function wholeNumber(request: Request, name: 'upload-offset' | 'content-length'): number {
  const text = request.headers.get(name) ?? '';
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const status = name === 'content-length' ? 411 : 400;
  const code = name === 'content-length' ? 'LENGTH_REQUIRED' : 'BAD_REQUEST';
  throw new HttpError(status, code, `The request must have the header ${name}, a whole number of bytes.`);
}
