import type { NativeClient } from 'toklink-native';
import { ToklinkError } from '../errors.js';
import type { AccountRef, QuotaCheck, QuotaKind } from '../types.js';
import { load } from './load.js';
import { asToklinkError } from './outcome.js';

/**
 * The maximum number of registered accounts. Each uses about 300 bytes; registering an account again takes a few microseconds.
 */
const MOST_HELD = 10_000;
/** A call to the native side passes the number `index * PER_INDEX + kind * 2`, plus one to count a request. */
const PER_INDEX = 16;

const ALLOWED: QuotaCheck = Object.freeze({ allowed: true, retryAfterMs: 0 });

/** Provides fast access to account quotas: registers an account with the native side once, then only passes numbers. */
export class Quotas {
  readonly #native: NativeClient;
  readonly #ask: (question: number) => number;
  readonly #kinds: ReadonlyMap<string, number>;
  readonly #indexes = new Map<string, Map<string, number>>();
  #held = 0;

  constructor(native: NativeClient) {
    this.#native = native;
    this.#ask = native.quotaAsker();
    this.#kinds = new Map(load().quotaKinds().map((name, index) => [name, index * 2]));
  }

  check(account: AccountRef, kind: QuotaKind): QuotaCheck {
    const wait = this.#ask(this.#question(account, kind, 'checkQuota'));
    return wait === 0 ? ALLOWED : { allowed: false, retryAfterMs: wait };
  }

  increment(account: AccountRef, kind: QuotaKind): void {
    this.#ask(this.#question(account, kind, 'incrementQuota') + 1);
  }

  #question(account: AccountRef, kind: QuotaKind, operation: string): number {
    const code = this.#kinds.get(kind);
    if (code === undefined) {
      const message = `${operation} needs a quota kind; use one of ${[...this.#kinds.keys()].join(', ')}`;
      throw new ToklinkError({ code: 'INVALID_INPUT', operation, message });
    }
    const bare = typeof account === 'string';
    const tenant = bare ? '' : (account?.tenant ?? '');
    const accountId = bare ? account : account?.accountId;
    const index = this.#indexes.get(tenant)?.get(accountId) ?? this.#register(tenant, accountId, operation);
    return index * PER_INDEX + code;
  }

  #register(tenant: unknown, accountId: unknown, operation: string): number {
    if (!isText(tenant) || !isText(accountId) || accountId === '') {
      const message = `${operation} needs an account; pass its accountId, or an object with accountId and tenant`;
      throw new ToklinkError({ code: 'INVALID_INPUT', operation, message });
    }
    try {
      if (this.#held >= MOST_HELD) {
        this.#native.forgetQuotas();
        this.#indexes.clear();
        this.#held = 0;
      }
      const index = this.#native.keepQuota(tenant, accountId);
      const ofTenant = this.#indexes.get(tenant) ?? new Map<string, number>();
      this.#indexes.set(tenant, ofTenant.set(accountId, index));
      this.#held += 1;
      return index;
    } catch (cause) {
      throw asToklinkError(cause, operation);
    }
  }
}

/** Returns false for text with an unpaired surrogate, because converting it would produce another account's name. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed();
}
