import type { Client } from '../client.js';
import { ToklinkError } from '../errors.js';
import type { Account, PrivacyLevel, PublishOutcome, PublishVideoInput } from '../types.js';
import type { Output } from './output.js';
import { progressBar } from './progress.js';
import { UsageError } from './usage.js';

const PRIVACY: PrivacyLevel[] = ['PUBLIC_TO_EVERYONE', 'MUTUAL_FOLLOW_FRIENDS', 'FOLLOWER_OF_CREATOR', 'SELF_ONLY'];

export interface PostOptions {
  title?: string;
  privacy?: string;
  draft?: boolean;
  allowComment?: boolean;
  allowDuet?: boolean;
  allowStitch?: boolean;
  coverMs?: number;
  brandContent?: boolean;
  brandOrganic?: boolean;
  aigc?: boolean;
  key?: string;
  relayFromLoopback?: boolean;
}

/** Parses `--privacy`, before the command opens the store. TikTok requires the user to choose, so there is no default. */
export function privacyLevel(text: string): PrivacyLevel {
  const level = PRIVACY.find((known) => known === text.toUpperCase());
  if (level === undefined) throw new UsageError(`--privacy must be one of ${PRIVACY.join(', ')}`);
  return level;
}

/** Checks the options that `post` requires, before the command opens the store. */
export function checkPost({ privacy, draft = false }: PostOptions): void {
  if (privacy !== undefined) privacyLevel(privacy);
  else if (!draft) throw new UsageError(`--privacy is required unless --draft is set; use one of ${PRIVACY.join(', ')}`);
}

/**
 * Returns the source for a file or a URL. TikTok fetches a URL when its domain is verified for the app; otherwise toklink downloads the
 * video and uploads it at the same time.
 */
function sourceOf(text: string): Pick<PublishVideoInput, 'file' | 'url' | 'relay'> {
  return /^https?:\/\//i.test(text) ? { url: text, relay: 'ifUnverified' } : { file: text };
}

/** Posts a file or the video at a URL, and waits for the outcome. Rejects when TikTok refuses the post. */
export async function post(
  client: Client,
  output: Output,
  account: Account,
  file: string,
  options: PostOptions,
  signal: AbortSignal,
): Promise<PublishOutcome> {
  const bar = progressBar(output);
  let outcome: PublishOutcome;
  try {
    outcome = await client.publishVideo(
      account,
      {
        ...sourceOf(file),
        ...(options.privacy === undefined ? {} : { privacyLevel: privacyLevel(options.privacy) }),
        draft: options.draft ?? false,
        ...(options.title === undefined ? {} : { title: options.title }),
        ...(options.coverMs === undefined ? {} : { coverTimestampMs: options.coverMs }),
        allowComment: options.allowComment ?? false,
        allowDuet: options.allowDuet ?? false,
        allowStitch: options.allowStitch ?? false,
        brandContent: options.brandContent ?? false,
        brandOrganic: options.brandOrganic ?? false,
        isAigc: options.aigc ?? false,
      },
      { signal, onProgress: bar.show, ...(options.key === undefined ? {} : { idempotencyKey: options.key }) },
    );
  } catch (error) {
    if (ToklinkError.is(error) && canResume(error)) {
      output.note(`Resume this post with: toklink resume ${error.idempotencyKey}`);
    }
    throw error;
  } finally {
    bar.stop();
  }
  if (outcome.status === 'FAILED') {
    throw new ToklinkError({
      code: 'REJECTED',
      operation: 'publishVideo',
      owner: 'user',
      message: `TikTok did not publish the video (${outcome.failReason ?? 'no reason given'})`,
      failReason: outcome.failReason,
      publishId: outcome.publishId,
    });
  }
  for (const warning of outcome.warnings) output.note(`${warning}.`);
  return outcome;
}

/** Returns true when TikTok has created the publish and it has neither failed nor finished. */
function canResume(error: ToklinkError): boolean {
  return error.publishId !== null && error.idempotencyKey !== null && error.failReason === null;
}

/** Formats the outcome as lines. */
export function outcomeLines(outcome: PublishOutcome): string[] {
  const lines = [`publish id  ${outcome.publishId}`, `status      ${outcome.status}`];
  if (outcome.postId !== null) lines.push(`post id     ${outcome.postId}`);
  if (outcome.shareUrl !== null) lines.push(`url         ${outcome.shareUrl}`);
  if (outcome.phase === 'moderating') {
    lines.push(`TikTok is still reviewing the post. Check its status later with: toklink status ${outcome.publishId}`);
  }
  return lines;
}
