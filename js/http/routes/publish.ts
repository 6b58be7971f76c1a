import { readJson } from '../body.js';
import { accountFor, keyOf, permitted, requireOwnOrigin, signedIn } from '../guard.js';
import { json, Refusal } from '../respond.js';
import { receiveUpload } from '../upload.js';
import type { RouteContext } from '../context.js';
import type { HostSession } from '../options.js';
import type { PublishJob } from '../jobs.js';
import type { PrivacyLevel, PublishVideoInput } from '../../types.js';

const PRIVACY_LEVELS: ReadonlySet<string> = new Set<PrivacyLevel>([
  'PUBLIC_TO_EVERYONE',
  'MUTUAL_FOLLOW_FRIENDS',
  'FOLLOWER_OF_CREATOR',
  'SELF_ONLY',
]);

function inputOf(file: string, fields: Map<string, string>): PublishVideoInput {
  const privacyLevel = fields.get('privacyLevel') ?? '';
  if (!PRIVACY_LEVELS.has(privacyLevel)) {
    throw new Refusal(400, 'BAD_REQUEST', 'Choose who may see the video: privacyLevel is required and has no default.');
  }
  const cover = fields.get('coverTimestampMs') ?? '';
  if (cover !== '' && !/^\d{1,9}$/.test(cover)) {
    throw new Refusal(400, 'BAD_REQUEST', 'coverTimestampMs must be a whole number of milliseconds.');
  }
  const on = (name: string) => ['true', 'on', '1'].includes(fields.get(name) ?? '');
  return {
    file,
    privacyLevel: privacyLevel as PrivacyLevel,
    title: fields.get('title') ?? '',
    allowComment: on('allowComment'),
    allowDuet: on('allowDuet'),
    allowStitch: on('allowStitch'),
    brandContent: on('brandContent'),
    brandOrganic: on('brandOrganic'),
    isAigc: on('isAigc'),
    ...(cover !== '' && { coverTimestampMs: Number(cover) }),
  };
}

/**
 * POST ?accountId, multipart/form-data with `privacyLevel`, `title`, `allowComment`, ... and `file`. Answers 202 with
 * `{ jobId }` once the whole file is here; the publish goes on and is watched at publishEvents.
 */
export async function publish(context: RouteContext, request: Request): Promise<Response> {
  requireOwnOrigin(request, context.address.origin);
  const { options, jobs } = context;
  const session = await signedIn(options, request);
  const query = new URL(request.url).searchParams;
  const wanted = { accountId: query.get('accountId'), workspaceId: query.get('workspaceId') };
  // Before the first byte is read: nobody fills the disk of a host that would not let them post.
  const account = await accountFor(options, session, wanted, 'social:post');
  const client = await context.client();
  const leave = jobs.enter();
  try {
    const upload = await receiveUpload(request, options.uploads ?? {});
    try {
      const input = inputOf(upload.file, upload.fields);
      const job = jobs.start(
        session.user.id,
        keyOf(account),
        (signal, onProgress) => client.publishVideo(keyOf(account), input, { signal, onProgress }),
        async (error) => {
          leave();
          if (error !== null) context.report(error, 'publish');
          await upload.remove().catch((failure: unknown) => context.report(failure, 'publish'));
        },
      );
      return json({ jobId: job.id }, 202);
    } catch (error) {
      await upload.remove();
      throw error;
    }
  } catch (error) {
    leave();
    throw error;
  }
}

/** The job, if it is the person's own and they still may post. */
export async function jobFor(context: RouteContext, session: HostSession, id: string | null): Promise<PublishJob> {
  if (!id) throw new Refusal(400, 'BAD_REQUEST', 'jobId is required');
  const job = context.jobs.find(id);
  if (job === null || job.userId !== session.user.id) {
    throw new Refusal(404, 'NOT_FOUND', 'This post is not known here any more. Look for it in the list of videos.');
  }
  await permitted(context.options, session, job.account.tenant, 'social:post');
  return job;
}

/** POST {jobId}: stops the publish. Bytes that TikTok already took are not taken back. */
export async function cancelPublish(context: RouteContext, request: Request): Promise<Response> {
  requireOwnOrigin(request, context.address.origin);
  const session = await signedIn(context.options, request);
  const { jobId } = await readJson(request);
  const job = await jobFor(context, session, jobId);
  job.cancel();
  return json({ cancelling: true }, 202);
}
