import { control } from './emulator/control.js';
import { compareRequests } from './emulator/expectation.js';
import { EmulatorProcess } from './emulator/process.js';
import { APP, consoleUrl } from './emulator/seeded.js';
import type {
  CreatedUser,
  CreateUsersInput,
  ExpectedRequest,
  FaultRule,
  GrantInput,
  RecordedRequest,
  StartOptions,
} from './emulator/types.js';
import { ToklinkError } from './errors.js';

export { ToklinkError } from './errors.js';
export type {
  CreatedUser,
  CreateUsersInput,
  EndpointName,
  ExpectedRequest,
  FaultRule,
  GrantInput,
  RecordedRequest,
  StartOptions,
} from './emulator/types.js';

/**
 * Starts the TikTok emulator on this machine. Its clock does not run unless `clock` is `real`. The emulator stops with `stop()`, with
 * `await using`, and at the latest when this process ends; it does not keep the process alive.
 *
 * Rejects with CONFIG when the binary is missing, INVALID_INPUT for an invalid option or scenario, and UNAVAILABLE when the emulator
 * exits during startup.
 */
export async function start(options: StartOptions = {}): Promise<Emulator> {
  const child = new EmulatorProcess(flags(options));
  const url = await child.listening;
  child.unref();
  return new Emulator(child, url);
}

/** A running emulator; see docs/EMULATOR.md. Its methods reject with INVALID_INPUT for invalid arguments. */
export class Emulator {
  /** The seeded, audited app. */
  readonly app = APP;
  /** The URL for `apiBaseUrl` and `authBaseUrl`, without a trailing slash. */
  readonly url: string;
  /** The URL of a page that shows the emulator's state. */
  readonly consoleUrl: string;
  readonly #child: EmulatorProcess;

  /** @internal */
  constructor(child: EmulatorProcess, url: string) {
    this.#child = child;
    this.url = url;
    this.consoleUrl = consoleUrl(url);
  }

  /** Advances the clock by `ms` milliseconds and runs all work that becomes due. Resolves to the new time, in Unix milliseconds. */
  async advance(ms: number): Promise<number> {
    return (await this.#call('clock', { advanceMs: ms }))['nowMs'] as number;
  }

  /** Resolves to the last 10,000 requests since the start or the last reset, oldest first. */
  async requests(): Promise<RecordedRequest[]> {
    return (await this.#call('requests'))['requests'] as RecordedRequest[];
  }

  /** Compares all recorded requests with the expected ones, in order. Rejects with an AssertionError that names the first difference. */
  async expectRequests(expected: ExpectedRequest[]): Promise<void> {
    compareRequests(await this.requests(), expected);
  }

  /** Adds a fault rule. */
  async fault(rule: FaultRule): Promise<void> {
    await this.#call('faults', rule);
  }

  /** Removes all fault rules. */
  async clearFaults(): Promise<void> {
    await this.#call('faults', []);
  }

  /** Restores the initial state, settings, fault rules, recorded requests and clock. */
  async reset(): Promise<void> {
    await this.#call('reset', {});
  }

  /** Grants a user's consent without a browser. Resolves to the URL-decoded authorization code. */
  async grant(input: GrantInput): Promise<string> {
    return (await this.#call('grant', { clientKey: APP.clientKey, ...input }))['code'] as string;
  }

  /** Creates 1 to 10,000 users who have granted access to the app, for tests with many accounts. */
  async createUsers(input: CreateUsersInput): Promise<CreatedUser[]> {
    return (await this.#call('users', { clientKey: APP.clientKey, ...input }))['accounts'] as CreatedUser[];
  }

  /** Stops the emulator and resolves when it has ended. May be called more than once. */
  stop(): Promise<void> {
    return this.#child.stop();
  }

  /** Stops the emulator, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #call(name: string, body?: unknown): Promise<Record<string, unknown>> {
    try {
      return await control(this.url, name, body);
    } catch (cause) {
      if (ToklinkError.is(cause)) throw cause;
      const words = this.#child.lastWords === '' ? '' : `; its output:\n${this.#child.lastWords}`;
      throw new ToklinkError(
        {
          code: this.#child.isOver ? 'CLOSED' : 'UNAVAILABLE',
          operation: `emulator.${name}`,
          message: `the emulator at ${this.url} ${this.#child.isOver ? 'has ended' : 'did not respond'}${words}`,
        },
        { cause },
      );
    }
  }
}

function flags({ port = 0, seed, limits = true, scenario, clock = 'virtual' }: StartOptions): string[] {
  const args = ['--port', String(port)];
  if (seed !== undefined) args.push('--seed', String(seed));
  if (!limits) args.push('--no-limits');
  if (scenario !== undefined) args.push('--scenario', scenario);
  if (clock === 'virtual') args.push('--virtual-clock');
  return args;
}
