/** One client of the core. Inputs and outcomes are JSON texts; an outcome is `{"ok":..}` or `{"error":{..}}`. */
export interface NativeClient {
  /**
   * Starts `operation`. `id` names it for `cancel`; `onProgress` gets JSON texts and must not throw; `nextPiece` gives the
   * next bytes of a stream, `null` at its end.
   */
  call(
    operation: string,
    input: string,
    id: number,
    onProgress?: (progress: string) => void,
    nextPiece?: () => Promise<Buffer | null>,
  ): Promise<string>;
  /** An operation that needs no waiting. */
  callSync(operation: string, input: string): string;
  /** `seal` and `unseal` without JSON: the text itself, or an outcome's JSON text. Texts must be well-formed Unicode. */
  seal(tenant: string, accountId: string, field: string, text: string): string | { error: string };
  unseal(tenant: string, accountId: string, field: string, sealed: string): string | { error: string };
  /** Keeps the quota of an account at the next place (from 0), which it gives. */
  keepQuota(tenant: string, accountId: string): number;
  /** Forgets all places. */
  forgetQuotas(): void;
  /**
   * Asked `place * 16 + kind * 2` (a kind is its place in `quotaKinds`): milliseconds until such a request would be let
   * through, 0 for now. One more than that counts a request and gives 0.
   */
  quotaAsker(): (question: number) => number;
  /**
   * Tells `listener` each event as JSON text until the client is closed, with `calls` the ends of calls instead; it must not throw.
   * Keeps no process alive.
   */
  listen(listener: (event: string) => void, calls: boolean): void;
  /** Renews tokens ahead of need, so many accounts at a time, in place of what was asked for before. */
  startBackgroundRefresh(maxConcurrency: number): string;
  stopBackgroundRefresh(): void;
  /** Asks the running operation `id` to stop; nothing happens when it has ended. */
  cancel(id: number): void;
}

/** Asks the host's store; resolves to the outcome's JSON text and never rejects. */
export type StoreCall = (method: string, args: string) => Promise<string>;

export interface Addon {
  openClient(options: string, store?: StoreCall): { client?: NativeClient; error?: string };
  probeVideo(file: string): Promise<string>;
  quotaKinds(): string[];
  version(): string;
}

/** Loads the addon at the first call: `addon` is `null` where none fits, and `cause` says why. */
export function load(): { addon: Addon; cause: null } | { addon: null; cause: unknown };

/** The machine that this runs on, and the package that would hold its binary. */
export function machine(): { os: string; arch: string; libc: 'glibc' | 'musl' | null; package: string };
