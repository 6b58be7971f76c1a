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
 * Starts a TikTok of its own on this machine. Its time stands still unless `clock` is `real`. It ends with `stop()`, with
 * `await using`, and at the latest with this process, which it never keeps alive.
 *
 * Throws CONFIG where there is no binary, INVALID_INPUT for a wrong option or scenario, UNAVAILABLE when it ended at once.
 */
export async function start(options: StartOptions = {}): Promise<Emulator> {
  const child = new EmulatorProcess(flags(options));
  const url = await child.listening;
  child.unref();
  return new Emulator(child, url);
}

/** A running emulator; see docs/EMULATOR.md. Its methods throw INVALID_INPUT for a call that it refuses. */
export class Emulator {
  /** The seeded, audited app. */
  readonly app = APP;
  /** For `apiBaseUrl` and `authBaseUrl`, without a slash at the end. */
  readonly url: string;
  /** A page that shows what happens inside. */
  readonly consoleUrl: string;
  readonly #child: EmulatorProcess;

  /** @internal */
  constructor(child: EmulatorProcess, url: string) {
    this.#child = child;
    this.url = url;
    this.consoleUrl = consoleUrl(url);
  }

  /** Moves its time forward by milliseconds and does all that falls due; answers its new time, unix milliseconds. */
  async advance(ms: number): Promise<number> {
    return (await this.#call('clock', { advanceMs: ms }))['nowMs'] as number;
  }

  /** What was sent since the start or the last reset, oldest first; the last 10,000. */
  async requests(): Promise<RecordedRequest[]> {
    return (await this.#call('requests'))['requests'] as RecordedRequest[];
  }

  /** Holds the whole record against an order and number of requests; AssertionError names the first difference. */
  async expectRequests(expected: ExpectedRequest[]): Promise<void> {
    compareRequests(await this.requests(), expected);
  }

  /** Adds a rule for what goes wrong. */
  async fault(rule: FaultRule): Promise<void> {
    await this.#call('faults', rule);
  }

  /** Takes all rules away. */
  async clearFaults(): Promise<void> {
    await this.#call('faults', []);
  }

  /** World, settings, faults, record and clock as after the start. */
  async reset(): Promise<void> {
    await this.#call('reset', {});
  }

  /** A user's consent without a browser; answers the authorization code, decoded. */
  async grant(input: GrantInput): Promise<string> {
    return (await this.#call('grant', { clientKey: APP.clientKey, ...input }))['code'] as string;
  }

  /** Creates 1 to 10,000 users who have granted access to the app, for tests with many accounts. */
  async createUsers(input: CreateUsersInput): Promise<CreatedUser[]> {
    return (await this.#call('users', { clientKey: APP.clientKey, ...input }))['accounts'] as CreatedUser[];
  }

  /** Ends it and waits until it has; more than once does no harm. */
  stop(): Promise<void> {
    return this.#child.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #call(name: string, body?: unknown): Promise<Record<string, unknown>> {
    try {
      return await control(this.url, name, body);
    } catch (cause) {
      if (ToklinkError.is(cause)) throw cause;
      const words = this.#child.lastWords === '' ? '' : ` It said:\n${this.#child.lastWords}`;
      throw new ToklinkError(
        {
          code: this.#child.isOver ? 'CLOSED' : 'UNAVAILABLE',
          operation: `emulator.${name}`,
          message: `The emulator at ${this.url} ${this.#child.isOver ? 'has ended' : 'did not answer'}.${words}`,
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
