/** Options of `verifyWebhook`. */
export interface WebhookCheck {
  /** Client secrets to accept in addition to the current one, while you replace it in TikTok's portal. */
  previousSecrets?: string[];
  /** The maximum difference between the signature's time and now, in either direction. Seconds, default 300. */
  toleranceSec?: number;
}

/** The kind of a publish: a direct post or a draft. */
export type PublishKind = 'DIRECT_PUBLISH' | 'INBOX_SHARE' | 'UNKNOWN';

/** The content of a webhook; `event` selects the variant. Ids are strings, because they exceed 2^53. */
export type WebhookUpdate =
  | {
      event: 'authorization.removed';
      reason: 'unknown' | 'by_user' | 'account_deleted' | 'age_changed' | 'banned' | 'by_developer';
    }
  | { event: 'post.publish.failed'; publishId: string; reason: string; publishType: PublishKind }
  /** TikTok has processed the post, or the creator has posted the draft. It is not public yet. */
  | { event: 'post.publish.complete'; publishId: string; publishType: PublishKind }
  | { event: 'post.publish.inbox_delivered'; publishId: string; publishType: PublishKind }
  | { event: 'post.publish.publicly_available'; publishId: string; postId: string; publishType: PublishKind }
  | { event: 'post.publish.no_longer_publicly_available'; publishId: string; postId: string; publishType: PublishKind }
  /** Events of the old Share Video Kit. */
  | { event: 'video.upload.failed'; shareId: string }
  | { event: 'video.publish.completed'; shareId: string }
  | { event: 'portability.download.ready'; requestId: string }
  /** A verified event that this version does not support, or that lacks fields that TikTok documents. */
  | { event: 'unknown'; name: string };

/** A verified webhook. */
export type WebhookEvent = WebhookUpdate & {
  clientKey: string;
  /** ISO 8601, UTC, whole seconds: the time of the event, or of its arrival when TikTok sends no valid time. */
  createdAt: string;
  /** TikTok's open_id; `null` for an event without a user. */
  accountId: string | null;
  /** Identifies the event in repeated deliveries. TikTok delivers an event at least once, for up to 72 hours. */
  dedupeKey: string;
};

/**
 * The effect of a webhook: `applied`; `already_known` (the webhook is a duplicate, or a status query has already reported its state);
 * `not_ours` (the store does not have the publish or account); `another_owner` (the publish belongs to another user); `outdated` (the
 * user has connected again since consent ended); `nothing_to_do` (the event only informs the host). Respond with 200 in all cases.
 */
export type WebhookEffect =
  | 'applied'
  | 'already_known'
  | 'not_ours'
  | 'another_owner'
  | 'outdated'
  | 'nothing_to_do';
