import type { TikTokApi } from '../client-interface.js';
import { ToklinkError } from '../errors.js';
import type { ClientEvent } from '../types.js';
import { mockAnswers } from './mock-answers.js';

/** The name of a client method. */
export type MockMethod = keyof TikTokApi;

/** One call of a mock client. */
export type MockCall = { [M in MockMethod]: { method: M; args: Parameters<TikTokApi[M]> } }[MockMethod];

/** A client for a host's tests, which needs neither TikTok nor a network nor the native addon. */
export interface MockClient extends TikTokApi {
  /** The calls since the mock was created or reset, the oldest first. */
  readonly calls: readonly MockCall[];
  /** Returns the arguments of each call of one method. */
  callsOf<M extends MockMethod>(method: M): Parameters<TikTokApi[M]>[];
  /** Replaces the implementation of one method. The caller receives errors of `answer` like errors of the method itself. */
  stub<M extends MockMethod>(method: M, answer: TikTokApi[M]): this;
  /** Makes one method fail: it rejects, or throws if it is synchronous. */
  fail(method: MockMethod, error: ToklinkError): this;
  /** Calls the listeners that `on` added for this type of event. */
  emit(event: ClientEvent): void;
  /** Removes recorded calls, later stubs and listeners, and reopens a closed mock. */
  reset(): void;
}

type Answer = (...args: unknown[]) => unknown;
type Answers = Record<MockMethod, Answer>;

/** The synchronous methods. The others return a promise, which rejects when their implementation throws. */
const SYNCHRONOUS: ReadonlySet<MockMethod> = new Set<MockMethod>([
  ...(['authorizeUrl', 'inspectLogin', 'videos', 'invalidateCache', 'verifyWebhook', 'startBackgroundRefresh', 'on'] as const),
  ...(['quotaStatus', 'resetQuota', 'checkQuota', 'incrementQuota'] as const),
  ...(['seal', 'unseal', 'reseal'] as const),
]);

/**
 * Returns a mock client with the types of `Client`. Every method has a default result (docs/GUIDE_NEXTJS.md lists them); `stubs` replaces
 * some of them. Pass it where the host passes its client: to the routes, to `createSocialClient`, or to `configureSocial`.
 */
export function createMockClient(stubs: Partial<TikTokApi> = {}): MockClient {
  const listeners = new Map<string, Set<(event: never) => void>>();
  const calls: MockCall[] = [];
  let closed = false;
  let answers: Answers;

  const on = (type: string, listener: (event: never) => void): (() => void) => {
    const set = listeners.get(type) ?? new Set();
    listeners.set(type, set.add(listener));
    return () => void set.delete(listener);
  };
  const restart = (): void => {
    answers = { ...mockAnswers((...args) => mock.listVideos(...args)), on, ...stubs } as unknown as Answers;
    calls.length = 0;
    listeners.clear();
    closed = false;
  };
  restart();

  const answer = (method: MockMethod, args: unknown[]): unknown => {
    calls.push({ method, args } as unknown as MockCall);
    if (closed && method !== 'close') throw new ToklinkError({ code: 'CLOSED', operation: method, message: 'the client is closed; create a new one' });
    if (method === 'close') closed = true;
    return answers[method](...args);
  };
  const methods = Object.keys(answers!).map((name) => {
    const method = name as MockMethod;
    const call = SYNCHRONOUS.has(method)
      ? (...args: unknown[]) => answer(method, args)
      : async (...args: unknown[]) => answer(method, args);
    return [method, call] as const;
  });
  const controls: Omit<MockClient, MockMethod> = {
    calls,
    callsOf: (method) => calls.flatMap((call) => (call.method === method ? [call.args as never] : [])),
    stub: (method, replacement) => {
      answers[method] = replacement as Answer;
      return mock;
    },
    fail: (method, error) =>
      mock.stub(method, (() => {
        throw error;
      }) as never),
    emit: (event) => {
      for (const listener of listeners.get(event.type) ?? []) listener(event as never);
    },
    reset: restart,
  };
  const mock = { ...Object.fromEntries(methods), ...controls } as MockClient;
  return mock;
}
