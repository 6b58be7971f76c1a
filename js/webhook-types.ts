/** How a webhook is checked. */
export interface WebhookCheck {
  /** Client secrets that still count beside the current one, while it is being changed at TikTok. */
  previousSecrets?: string[];
  /** How far the signature's time may be from now, in either direction. Seconds, default 300. */
  toleranceSec?: number;
}

export type PublishKind = 'DIRECT_PUBLISH' | 'INBOX_SHARE' | 'UNKNOWN';

/** What a webhook says; `event` tells which. Ids are strings, since they are above 2^53. */
export type WebhookNews =
  | {
      event: 'authorization.removed';
      reason: 'unknown' | 'by_user' | 'account_deleted' | 'age_changed' | 'banned' | 'by_developer';
    }
  | { event: 'post.publish.failed'; publishId: string; reason: string; publishType: PublishKind }
  /** Processed, or the creator posted the draft; not yet public. */
  | { event: 'post.publish.complete'; publishId: string; publishType: PublishKind }
  | { event: 'post.publish.inbox_delivered'; publishId: string; publishType: PublishKind }
  | { event: 'post.publish.publicly_available'; publishId: string; postId: string; publishType: PublishKind }
  | { event: 'post.publish.no_longer_publicly_available'; publishId: string; postId: string; publishType: PublishKind }
  /** Of the old Share Video Kit. */
  | { event: 'video.upload.failed'; shareId: string }
  | { event: 'video.publish.completed'; shareId: string }
  | { event: 'portability.download.ready'; requestId: string }
  /** An event that this version does not know, or one without the fields that TikTok documents; genuine all the same. */
  | { event: 'unknown'; name: string };

/** A genuine webhook. */
export type WebhookEvent = WebhookNews & {
  clientKey: string;
  /** ISO 8601, UTC, whole seconds: when it happened; when it arrived, where TikTok states no readable time. */
  createdAt: string;
  /** TikTok's open_id; `null` where TikTok names no user. */
  accountId: string | null;
  /** The same for every repetition: TikTok delivers at least once, for up to 72 hours. */
  dedupeKey: string;
};

/**
 * What a webhook has changed here: `applied`; `already_known` (a repetition); `not_ours` (a publish or an account that is
 * not kept here); `another_owner` (the publish is another user's); `outdated` (consent ended before the user connected
 * again); `nothing_to_do` (news for the host alone). Answer 200 to all of them.
 */
export type WebhookEffect =
  | 'applied'
  | 'already_known'
  | 'not_ours'
  | 'another_owner'
  | 'outdated'
  | 'nothing_to_do';
