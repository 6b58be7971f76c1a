import type { TikTokApi } from '../client-interface.js';
import type { AccountRef, PrivacyLevel } from '../types.js';
import type { PostOptions, PostResult, SocialClientOptions, TikTokPostSettings } from './types.js';

const PRIVACY: Record<TikTokPostSettings['privacyLevel'], PrivacyLevel> = {
  PUBLIC: 'PUBLIC_TO_EVERYONE',
  FOLLOWERS: 'FOLLOWER_OF_CREATOR',
  FRIENDS: 'MUTUAL_FOLLOW_FRIENDS',
  SELF: 'SELF_ONLY',
};
const SETTINGS: ReadonlySet<string> = new Set<keyof TikTokPostSettings>([
  'privacyLevel',
  'hashtags',
  'allowComment',
  'allowDuet',
  'allowStitch',
  'idempotencyKey',
]);
/** The maximum number of field names to remember, because a form could contain any number of them. */
const MOST_WARNINGS = 50;
const warned = new Set<string>();
const ADDRESS = /^https:\/\//i;
const TIKTOK = 'https://www.tiktok.com';

/** Posts one video, and waits for TikTok's outcome unless `wait` is false. */
export async function createPost(
  client: TikTokApi,
  account: AccountRef,
  content: string,
  { mediaUrls = [], scheduledAt, replyToId, metadata = {} }: PostOptions,
  { defaults = {}, wait = true }: Pick<SocialClientOptions, 'defaults' | 'wait'> = {},
): Promise<PostResult> {
  const [media, ...others] = mediaUrls;
  if (media === undefined) throw new Error('TikTok requires at least one video to post');
  // Accepting a path would let a user who supplies the URL post a file from the server.
  if (!ADDRESS.test(media)) throw new Error('TikTok requires the https URL of the video; pass it in mediaUrls');
  if (others.length > 0) throw new Error('TikTok posts one video at a time; pass one URL in mediaUrls');
  if (scheduledAt !== undefined) throw new Error('TikTok cannot schedule posts; call createPost at that time');
  if (replyToId !== undefined) throw new Error("TikTok's API cannot post replies; omit replyToId");
  const unknown = unknownIn(metadata);
  const { privacyLevel, hashtags = [], idempotencyKey, ...settings }: Partial<TikTokPostSettings> = { ...defaults, ...metadata };
  const title = [content, ...hashtags.map((tag) => `#${tag.replace(/^#/, '')}`)].join(' ').trim();
  const outcome = await client.publishVideo(
    account,
    {
      url: media,
      relay: 'ifUnverified',
      title,
      privacyLevel: privacyOf(privacyLevel, unknown),
      ...allowed(settings),
    },
    { wait, ...(idempotencyKey !== undefined && { idempotencyKey }) },
  );
  return {
    platformPostId: outcome.postId ?? outcome.publishId,
    url: outcome.shareUrl ?? (await profileUrl(client, account)),
    publishedAt: new Date(),
  };
}

/** Resolves to the URL of the creator's profile page, on which a post without a public id will appear. */
async function profileUrl(client: TikTokApi, account: AccountRef): Promise<string> {
  // The post succeeded, so a failed profile read must not turn the call into a failure.
  const user = await client.userInfo(account).catch(() => null);
  return user?.username ? `${TIKTOK}/@${user.username}` : (user?.profileDeepLink ?? TIKTOK);
}

/** Returns the unsupported fields of `metadata`, and warns once about each, so that a misspelt setting does not stay unnoticed. */
function unknownIn(metadata: Record<string, unknown>): string[] {
  const unknown = Object.keys(metadata).filter((name) => !SETTINGS.has(name));
  for (const name of unknown) {
    if (warned.has(name) || warned.size >= MOST_WARNINGS) continue;
    warned.add(name);
    process.emitWarning(`toklink: createPost ignores metadata.${name}; the fields for TikTok are ${[...SETTINGS].join(', ')}`);
  }
  return unknown;
}

function privacyOf(level: TikTokPostSettings['privacyLevel'] | undefined, unknown: string[]): PrivacyLevel {
  if (level !== undefined && Object.hasOwn(PRIVACY, level)) return PRIVACY[level];
  throw new Error(
    'TikTok requires the user to choose who can see the post; pass metadata.privacyLevel, or defaults.privacyLevel of the client, as one of ' +
      `${Object.keys(PRIVACY).join(', ')}${unknown.length > 0 ? `; metadata has ${unknown.join(', ')}` : ''}`,
  );
}

function allowed({ allowComment, allowDuet, allowStitch }: Partial<TikTokPostSettings>) {
  return {
    ...(allowComment !== undefined && { allowComment }),
    ...(allowDuet !== undefined && { allowDuet }),
    ...(allowStitch !== undefined && { allowStitch }),
  };
}
