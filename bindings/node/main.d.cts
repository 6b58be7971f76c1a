/** A client of the core. Inputs and outcomes are JSON text. An outcome is `{"ok":..}` or `{"error":{..}}`. */
export interface NativeClient {
  /**
   * Starts `operation`. `cancel` refers to it by `id`. `onProgress` receives JSON text and must not throw. `nextPiece` returns
   * the next bytes of a stream, or `null` at its end.
   */
  call(
    operation: string,
    input: string,
    id: number,
    onProgress?: (progress: string) => void,
    nextPiece?: () => Promise<Buffer | null>,
  ): Promise<string>;
  /** Runs an operation that does not wait. Returns its outcome. */
  callSync(operation: string, input: string): string;
  /**
   * Run `seal` and `unseal` without JSON. Each returns the text, or an outcome's JSON text on error. Inputs must be well-formed
   * Unicode.
   */
  seal(tenant: string, accountId: string, field: string, text: string): string | { error: string };
  unseal(tenant: string, accountId: string, field: string, sealed: string): string | { error: string };
  /** Registers an account's quota and returns its index, which starts at 0. */
  keepQuota(tenant: string, accountId: string): number;
  /** Removes all registered quotas. */
  forgetQuotas(): void;
  /**
   * Returns a function that accepts the number `index * 16 + kind * 2`, where `kind` is an index into `quotaKinds`. The function
   * returns the milliseconds until such a request is allowed, or 0 if it is allowed now. The number plus one counts a request and
   * returns 0.
   */
  quotaAsker(): (question: number) => number;
  /**
   * Passes each event to `listener` as JSON text until the client is closed. With `calls`, passes finished calls instead of
   * events. `listener` must not throw. Does not keep the process alive.
   */
  listen(listener: (event: string) => void, calls: boolean): void;
  /**
   * Refreshes tokens before they expire, at most `maxConcurrency` at a time. Each call replaces the settings of the previous
   * call.
   */
  startBackgroundRefresh(maxConcurrency: number): string;
  stopBackgroundRefresh(): void;
  /** Requests that the running operation `id` stop. Has no effect after the operation has ended. */
  cancel(id: number): void;
}

/** Calls a method of the host's store. Resolves to an outcome's JSON text and never rejects. */
export type StoreCall = (method: string, args: string) => Promise<string>;

export interface Addon {
  openClient(options: string, store?: StoreCall): { client?: NativeClient; error?: string };
  probeVideo(file: string): Promise<string>;
  quotaKinds(): string[];
  version(): string;
}

/** Loads the addon on the first call. If no binary can be loaded, `addon` is `null` and `cause` is the reason. */
export function load(): { addon: Addon; cause: null } | { addon: null; cause: unknown };

/** Returns the current platform, and the name of the package that contains its binary. */
export function machine(): { os: string; arch: string; libc: 'glibc' | 'musl' | null; package: string };
