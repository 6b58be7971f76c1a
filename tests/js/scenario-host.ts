import { openAsBlob, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, ToklinkError } from '../../js/index.js';
import type { PublishOptions, PublishOutcome, QuotaKind, QuotaWindow, WebhookEvent } from '../../js/index.js';
import { CALLBACK, options } from './connected.js';
import type { Emulator } from './emulator.js';
import { APP } from './emulator.js';

export interface Step {
  act: string;
  with?: Record<string, unknown>;
  gives?: Record<string, unknown>;
}

type Told = Record<string, unknown>;

const FILES = fileURLToPath(new URL('../c/', import.meta.url));
const USER = 'olivia';

/** Returns `name: value` lines in byte order, as all hosts write them. Omits `undefined` values. */
export function lines(told: Told): string {
  const text = (value: unknown) => (Array.isArray(value) ? value.join(', ') : String(value));
  const known = Object.entries(told).filter(([, value]) => value !== undefined);
  return known.map(([name, value]) => `${name}: ${text(value)}\n`).sort().join('');
}

/** A Node host that runs the steps of a scenario. */
export class ScenarioHost {
  private client: Client;
  private account = { tenant: '', accountId: 'none' };
  private publishId = '';
  private sealed = '';
  private event: WebhookEvent | null = null;

  constructor(
    private readonly emulator: Emulator,
    private readonly store: string,
  ) {
    this.client = this.open();
  }

  /** Runs one step. Resolves to the lines of its result. */
  async act(step: Step): Promise<string> {
    try {
      return lines((await this.does(step)) ?? {});
    } catch (error) {
      if (!ToklinkError.is(error)) throw error;
      return lines(failure(error));
    }
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private open(keys?: string): Client {
    const { encryptionKey, ...rest } = options(this.emulator);
    const ring = keys === undefined ? { encryptionKey: encryptionKey ?? '' } : { encryptionKeys: keys };
    return new Client({ ...rest, ...ring, store: { sqlite: this.store } });
  }

  private async does({ act, with: given = {} }: Step): Promise<Told | undefined> {
    const { client, account } = this;
    const word = (name: string) => given[name] as string;
    switch (act) {
      case 'emulator':
        await this.emulator.post(word('call'), given['body']);
        return undefined;
      case 'requests':
        return { sent: (await this.emulator.requests()).map((one) => `${one['endpoint']} ${one['status']}`) };
      case 'open_client':
        await client.close();
        this.client = this.open(given['keys'] as string | undefined);
        return undefined;
      case 'close_client':
        await client.close();
        return undefined;
      case 'connect':
        return this.connect(given);
      case 'disconnect':
        await client.disconnect(account);
        return undefined;
      case 'account': {
        const found = await client.account(account);
        return {
          tenant: found.tenant,
          display_name: found.displayName,
          username: found.username ?? '',
          status: found.status,
          connected_by: found.connectedBy,
          scopes: found.scopes,
          missing_scopes: found.missingScopes,
        };
      }
      case 'accounts':
        return { accounts: (await client.accounts(word('tenant'))).length };
      case 'profile': {
        const info = await client.userInfo(account);
        return {
          display_name: info.displayName,
          username: info.username ?? '',
          bio: info.bioDescription ?? '',
          verified: info.isVerified ?? undefined,
          videos: info.videoCount ?? undefined,
        };
      }
      case 'videos': {
        const page = await client.listVideos(account, { maxCount: given['at_most'] as number });
        return { videos: page.videos.length, more: page.nextCursor !== null };
      }
      case 'creator': {
        const info = await client.creatorInfo(account);
        return {
          username: info.username,
          nickname: info.nickname,
          privacy_levels: info.privacyLevelOptions,
          comment_disabled: info.commentDisabled,
          duet_disabled: info.duetDisabled,
          stitch_disabled: info.stitchDisabled,
          longest_seconds: info.maxVideoPostDurationSec,
        };
      }
      case 'probe':
        return this.probe(word('file'));
      case 'use_quota':
        for (let time = 0; time < (given['times'] as number); time += 1) {
          client.incrementQuota(account, given['kind'] as QuotaKind);
        }
        return undefined;
      case 'check_quota': {
        const { allowed, retryAfterMs } = client.checkQuota(account, given['kind'] as QuotaKind);
        return { allowed, retry_minutes: allowed ? undefined : minutes(retryAfterMs) };
      }
      case 'quota':
        return windows(client.quotaStatus(account), word('kind'));
      case 'status': {
        const status = await client.publishStatus(account, this.publishId);
        return {
          state: status.status,
          posts: status.postIds.length,
          fail_reason: status.failReason ?? undefined,
          uploaded_bytes: status.uploadedBytes ?? undefined,
        };
      }
      case 'cancel_publish':
        await client.cancelPublish(account, this.publishId);
        return undefined;
      case 'abandon':
        await client.abandonPublish(account, word('key'));
        return undefined;
      default:
        return (await this.publish(act, given)) ?? this.seal(act, given);
    }
  }

  private async connect(given: Told): Promise<Told> {
    const login = await this.client.beginLogin({ userId: USER, tenant: (given['tenant'] as string) ?? '' });
    const asked = new URL(login.authorizeUrl).searchParams;
    const callback = new URLSearchParams({ state: (given['state'] as string) ?? login.state });
    if (given['username'] === undefined) {
      callback.set('error', 'access_denied');
    } else {
      const scopes = String(given['grants'] ?? asked.get('scope')).split(',');
      const { code } = await this.emulator.post<{ code: string }>('grant', {
        client_key: APP.clientKey,
        username: given['username'],
        scopes,
        redirect_uri: CALLBACK,
        code_challenge: asked.get('code_challenge'),
      });
      callback.set('code', code);
      callback.set('scopes', scopes.join(','));
    }
    const cookies = { [login.cookie.name]: login.cookie.value };
    const userId = (given['user'] as string) ?? USER;
    const result = await this.client.completeLogin({ callback: callback.toString(), cookies, userId });
    this.account = { tenant: result.account.tenant, accountId: result.account.accountId };
    return { connected: result.account.username ?? '', missing_scopes: result.missingScopes };
  }

  private async probe(file: string): Promise<Told> {
    const { video, findings } = await this.client.probeVideo(join(FILES, file));
    const told: Told = {
      acceptable: findings.every((finding) => finding.severity !== 'error'),
      container: video.container,
      mime: video.mime,
      codec: video.videoCodec ?? '',
      bytes: video.sizeBytes,
      width: video.width ?? 0,
      height: video.height ?? 0,
      rotation: video.rotation,
      duration_ms: video.durationMs ?? undefined,
      audio: video.hasAudio ?? undefined,
    };
    for (const { rule, found, allowed, advice } of findings) told[`finding ${rule}`] = `${found}; ${allowed}; ${advice}`;
    return told;
  }

  private async publish(act: string, given: Told): Promise<Told | undefined> {
    const { client, account } = this;
    const settings = {
      ...('privacy' in given && { privacyLevel: given['privacy'] as 'SELF_ONLY' }),
      ...('title' in given && { title: given['title'] as string }),
      ...('description' in given && { description: given['description'] as string }),
      draft: given['draft'] === true,
      allowComment: given['allow_comment'] === true,
    };
    const stop = new AbortController();
    const how: PublishOptions = {
      wait: given['wait'] !== false,
      ...('key' in given && { idempotencyKey: given['key'] as string }),
      signal: stop.signal,
      onProgress: ({ phase }) => {
        if (phase === given['cancel_in']) stop.abort();
      },
    };
    let work: Promise<PublishOutcome>;
    if (act === 'publish_video') {
      const input = { ...settings, ...(await video(given)), allowStitch: given['allow_stitch'] === true };
      work = client.publishVideo(account, input, how);
    } else if (act === 'publish_photos') {
      work = client.publishPhotos(account, { ...settings, urls: (given['urls'] as string).split(' ') }, how);
    } else if (act === 'resume') {
      work = client.resumePublish(account, given['key'] as string);
    } else if (act === 'wait') {
      work = client.waitForPublish(account, this.publishId);
    } else {
      return undefined;
    }
    try {
      const outcome = await work;
      this.publishId = outcome.publishId;
      return {
        state: outcome.status,
        phase: outcome.phase,
        posts: outcome.postIds.length,
        linked: outcome.shareUrl !== null,
        key: outcome.idempotencyKey,
        warnings: outcome.warnings,
        uploaded_bytes: outcome.uploadedBytes ?? undefined,
      };
    } catch (error) {
      this.publishId = ToklinkError.is(error) ? (error.publishId ?? '') : '';
      throw error;
    }
  }

  private async seal(act: string, given: Told): Promise<Told> {
    const { client } = this;
    const place = { tenant: given['tenant'] as string, accountId: given['account'] as string, field: given['field'] as string };
    switch (act) {
      case 'seal':
        this.sealed = client.seal(place, given['text'] as string);
        return begins(this.sealed);
      case 'unseal':
        return { text: client.unseal(place, (given['sealed'] as string) ?? this.sealed) };
      case 'reseal': {
        const sealed = client.reseal(place, this.sealed);
        this.sealed = sealed ?? this.sealed;
        return { changed: sealed !== null, ...begins(this.sealed) };
      }
      case 'reseal_accounts': {
        const report = await client.resealAccounts({ checkOnly: given['check_only'] === true });
        const { resealed, current, failed, outstanding, legacy } = report;
        const keys = Object.entries(report.keys).map(([key, values]) => `${key} ${values}`);
        return { sealing_key: report.sealingKey, keys, resealed, current, failed, outstanding, legacy };
      }
      case 'webhook': {
        const event = client.verifyWebhook(given['signature'] as string, Buffer.from(given['body'] as string), {
          ...('tolerance_seconds' in given && { toleranceSec: given['tolerance_seconds'] as number }),
          ...('previous_secret' in given && { previousSecrets: [given['previous_secret'] as string] }),
        });
        this.event = event;
        return {
          event: event.event === 'unknown' ? event.name : event.event,
          known: event.event !== 'unknown',
          publish: 'publishId' in event ? event.publishId : undefined,
          post: 'postId' in event ? event.postId : undefined,
          reason: 'reason' in event ? event.reason : undefined,
          account: event.accountId ?? undefined,
          at_ms: Date.parse(event.createdAt),
        };
      }
      case 'apply_webhook':
        return { effect: await client.applyWebhook(this.event as WebhookEvent) };
      default:
        throw new Error(`There is no act ${act}.`);
    }
  }
}

async function video(given: Told) {
  const path = (name: string) => join(FILES, given[name] as string);
  if ('file' in given) return { file: path('file') };
  if ('bytes_of' in given) return { source: await openAsBlob(path('bytes_of')) };
  if ('url' in given) return { url: given['url'] as string };
  const bytes = readFileSync(path('stream_of'));
  const breaksAfter = given['breaks_after'] as number | undefined;
  async function* stream() {
    yield new Uint8Array(bytes.subarray(0, breaksAfter));
    if (breaksAfter !== undefined) throw new Error('the host gave up');
  }
  return { source: { stream: stream(), size: bytes.length } };
}

/** Returns the error fields that all hosts compare. Messages are not compared. */
function failure(error: ToklinkError): Told {
  const so = (is: boolean) => is || undefined;
  return {
    error: error.code,
    operation: error.operation.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    owner: error.owner,
    http_status: error.httpStatus ?? undefined,
    tiktok_code: error.tiktokCode ?? undefined,
    fail_reason: error.failReason ?? undefined,
    retry_minutes: error.retryAfterMs === null ? undefined : minutes(error.retryAfterMs),
    retryable: so(error.retryable),
    may_have_been_sent: so(error.mayHaveBeenSent),
    safe_to_repeat: so(error.safeToRepeat),
    names_a_publish: so(error.publishId !== null),
  };
}

/** Rounds to minutes, so that the result is the same on every machine. */
function minutes(ms: number): number {
  return Math.floor((ms + 30_000) / 60_000);
}

function windows(all: QuotaWindow[], kind: string): Told {
  const told: Told = {};
  for (const { windowMs, count, limit, remaining } of all.filter((quota) => quota.kind === kind)) {
    told[`in ${windowMs} ms`] = `${count} of ${limit}, ${remaining} are left`;
  }
  return told;
}

/** Returns the readable parts of an encrypted value: its format and its key id. */
function begins(sealed: string): Told {
  return { sealed_as: sealed.split('.').slice(0, 2).join('.') };
}
