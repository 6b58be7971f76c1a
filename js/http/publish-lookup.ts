import { accountFor, keyOf, permitted } from './guard.js';
import type { RouteContext } from './context.js';
import type { Named, Watched } from './job-types.js';
import { isEnded, type PublishJob } from './jobs.js';
import type { HostSession } from './options.js';
import { HttpError } from './respond.js';
import type { TikTokApi } from '../client-interface.js';
import type { JournaledPublish } from '../types.js';

/** The ids with which a browser identifies a job. The account is required to find a publish of another process. */
export interface JobQuery {
  jobId: string | null;
  accountId: string | null;
  workspaceId: string | null;
}

/** A publish in the journal, and the user who requests it. */
export interface RecordedPublish {
  client: TikTokApi;
  named: Named;
  record: JournaledPublish;
}

/** The format of job ids. A host's own idempotency keys have another format, so browsers cannot refer to them. */
const JOB_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function isJobId(text: string): boolean {
  return JOB_ID.test(text);
}

/**
 * Resolves to the job in this process, if it belongs to the user and the user still has permission to post; otherwise to `null`.
 */
export async function localJob(context: RouteContext, session: HostSession, { jobId }: JobQuery): Promise<PublishJob | null> {
  if (!jobId) throw new HttpError(400, 'BAD_REQUEST', 'jobId is required');
  const job = context.jobs.find(jobId);
  if (job === null) return null;
  if (job.userId !== session.user.id) throw unknownJob();
  await permitted(context.options, session, job.account.tenant, 'social:post');
  return job;
}

/**
 * Resolves to the idempotency key of a publish in the journal, if the user has permission to post to its account. Other users
 * cannot learn whether the publish exists.
 */
async function namedFor(context: RouteContext, session: HostSession, asked: JobQuery): Promise<Named> {
  const { jobId, accountId, workspaceId } = asked;
  if (jobId === null || accountId === null || !isJobId(jobId)) throw unknownJob();
  try {
    const account = keyOf(await accountFor(context.options, session, { accountId, workspaceId }, 'social:post', 'any'));
    return { id: jobId, userId: session.user.id, account };
  } catch (error) {
    if (HttpError.is(error) && error.status !== 401) throw unknownJob();
    throw error;
  }
}

/** Resolves to the publish that the journal contains. */
export async function recordedPublish(context: RouteContext, session: HostSession, asked: JobQuery): Promise<RecordedPublish> {
  const named = await namedFor(context, session, asked);
  const client = await context.client();
  const record = await client.findPublish(named.account, named.id);
  if (record === null) throw unknownJob();
  return { client, named, record };
}

/**
 * Resolves to the publish that a page should follow: the job in this process, unless it failed and another process is now sending
 * the post.
 */
export async function followedPublish(context: RouteContext, session: HostSession, asked: JobQuery): Promise<Watched> {
  const { remote } = context.jobs;
  const job = await localJob(context, session, asked);
  if (job !== null) {
    const moved = await publishElsewhere(context, job);
    return moved === null ? job : remote.follow(moved.client, moved.named, moved.record);
  }
  const named = await namedFor(context, session, asked);
  const known = remote.known(named);
  if (known !== null) return known;
  const { client, record } = await recordedPublish(context, session, asked);
  return remote.follow(client, named, record);
}

/**
 * Resolves to the publish of a job that failed in this process, if the journal shows that another process works on it or has
 * posted it.
 */
export async function publishElsewhere(context: RouteContext, job: PublishJob): Promise<RecordedPublish | null> {
  if (!isEnded(job) || job.last?.type !== 'failure' || isOfAnotherPost(job.last.data)) return null;
  try {
    const client = await context.client();
    const record = await client.findPublish(job.account, job.id);
    return record === null || record.lastError !== null ? null : { client, named: job, record };
  } catch {
    // Only the failure in this process is known.
    return null;
  }
}

/** Returns true for the error about a key that belongs to another post. The journal entry then does not belong to this job. */
function isOfAnotherPost({ code, mayHaveBeenSent, retryAfterMs }: Record<string, unknown>): boolean {
  return code === 'CONFLICT' && mayHaveBeenSent !== true && retryAfterMs == null;
}

export function unknownJob(): HttpError {
  return new HttpError(404, 'NOT_FOUND', 'The server no longer has this post. Look for it in the list of videos.');
}
