// The schedules: which processes publish under one key, where each is suspended, and in which order they run.

import { isPulled, POINTS } from './steps.mjs';

const MINUTE_AND_MORE_MS = 61_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Number of schedules with random points in the long round, per store. */
const TANGLED = 30;

/** Returns a generator of reproducible random numbers from 0 to 1 (mulberry32). */
export function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * One schedule.
 *
 * @typedef {object} Schedule
 * @property {'file' | 'chunks' | 'photos' | 'pull'} kind
 * @property {number[]} clocks the number of ms by which the clock of each process is ahead of the machine's
 * @property {boolean} leases whether the processes share their leases
 * @property {boolean} [resumes] whether the second process resumes the publish instead of repeating the call
 * @property {'expire' | 'fail' | null} meddle what happens to the task on TikTok while the first process is suspended
 * @property {{ who: number, until: string | null, how: 'wake' | 'kill' | 'reset' }[]} turns `how` applies to a suspended process
 */

const turn = (who, until, how = 'wake') => ({ who, until, how });

/** The first process stops at `point`, the second one runs until it exits, then the first one continues. */
const overtaken = (point, how) => [turn(0, point), turn(1, null), turn(0, null, how)];
/** Both processes stop, then each continues until it exits. */
const crossed = (first, second) => [turn(0, first), turn(1, second), turn(0, null), turn(1, null)];
/** Both processes stop twice. */
const alternating = (first, second, third, fourth) => [
  turn(0, first),
  turn(1, second),
  turn(0, third),
  turn(1, fourth),
  turn(0, null),
  turn(1, null),
];
/** Two processes stop, a third one runs until it exits, then the first two continue in reverse order. */
const threefold = (first, second, how) => [turn(0, first), turn(1, second), turn(2, null), turn(1, null), turn(0, null, how)];

/** Returns a one-line description of a schedule. */
export function nameOf({ kind, clocks, leases, resumes, meddle, turns }) {
  const letter = (who) => (who === 1 && resumes ? 'B (resume)' : 'ABC'[who]);
  const steps = turns.map(({ who, until, how }) => `${letter(who)}${how === 'wake' ? '' : ` ${how}`} ${until ?? 'end'}`);
  const ahead = clocks.map((ms) => `${ms / 1000}`).join('/');
  return `${kind}: ${steps.join(', ')}; clocks ahead ${ahead} s; ${leases ? 'shared' : 'no'} leases${meddle === null ? '' : `; ${meddle}`}`;
}

/**
 * Returns the clocks of three processes. With shared leases, the lease of the first process has already expired on the
 * later clocks.
 */
function clocksOf(random, leases) {
  const pick = (choices) => choices[Math.floor(random() * choices.length)];
  if (leases) {
    const second = pick([MINUTE_AND_MORE_MS, HOUR_MS, DAY_MS]);
    return [0, second, second + MINUTE_AND_MORE_MS];
  }
  return pick([
    [0, 0, 0],
    [0, 0, 0],
    [0, MINUTE_AND_MORE_MS, 0],
    [0, DAY_MS, 0],
    [DAY_MS, 0, 0],
    [0, -DAY_MS, HOUR_MS],
  ]);
}

/**
 * Returns schedules that suspend a process at every point of every kind of post, and then resume it, kill it, or break its
 * connection.
 */
const single = () =>
  Object.entries(POINTS).flatMap(([kind, points]) =>
    points.flatMap((point) => ['wake', 'kill', 'reset'].map((how) => ({ kind, meddle: null, turns: overtaken(point, how) }))),
  );

/**
 * Returns schedules in which the upload URL expires, or TikTok rejects the task, while the first process is suspended.
 */
function meddled(random) {
  const points = ['init:answered', 'first-chunk:answered', 'middle-chunk:held', 'last-chunk:held', 'last-chunk:midway'];
  return points.flatMap((point) =>
    ['expire', 'fail'].map((meddle) => ({
      kind: 'chunks',
      meddle,
      turns: overtaken(point, random() < 0.5 ? 'wake' : 'kill'),
    })),
  );
}

/** Returns schedules in which the second process has only the key, and resumes a publish that already has a task. */
const resumed = () =>
  ['init:answered', 'first-chunk:held', 'middle-chunk:answered', 'last-chunk:held', 'last-chunk:midway', 'last-chunk:answered'].flatMap(
    (point) => ['wake', 'kill'].map((how) => ({ kind: 'chunks', meddle: null, resumes: true, turns: overtaken(point, how) })),
  );

/** Returns schedules of two or three processes that stop several times at random points. */
function tangled(random, count) {
  const kinds = Object.keys(POINTS);
  return Array.from({ length: count }, (_, n) => {
    const kind = n % 2 === 0 ? 'chunks' : kinds[Math.floor(random() * kinds.length)];
    const points = POINTS[kind];
    const at = () => Math.floor(random() * points.length);
    // Sorts the points, because the first process reaches its second point after its first one.
    const [early, late] = [at(), at()].sort((a, b) => a - b);
    const point = () => points[at()];
    const how = ['wake', 'kill', 'reset'][Math.floor(random() * 3)];
    const turns = [
      () => crossed(point(), point()),
      () => alternating(points[early], point(), points[Math.min(late + 1, points.length - 1)], point()),
      () => threefold(point(), point(), how),
    ][n % 3]();
    return { kind, meddle: null, turns };
  });
}

/**
 * Schedules that reproduce earlier bugs, or in which TikTok may receive requests from two processes at the same step. Schedules
 * in `ALONE` run on both stores, without shared leases where possible.
 */
const ALONE = [
  ['file', overtaken('creator-info:answered', 'wake')],
  ['file', overtaken('last-chunk:held', 'kill')],
  ['chunks', overtaken('last-chunk:midway', 'wake')],
  ['photos', overtaken('creator-info:answered', 'wake')],
];
const MORE = [
  ['chunks', overtaken('init:held', 'wake')],
  ['chunks', overtaken('middle-chunk:answered', 'wake')],
  ['photos', overtaken('init:held', 'wake')],
  ['chunks', threefold('init:held', 'last-chunk:held', 'wake')],
  ['chunks', overtaken('last-chunk:held', 'wake'), 'expire'],
];

/** Returns the schedules of one arena. `canLackLeases` is true if processes can run without shared leases. */
export function schedulesOf({ long, seed, canLackLeases }) {
  const random = numbers(seed);
  if (!long) {
    const leases = !canLackLeases;
    const chosen = canLackLeases ? ALONE : [...ALONE, ...MORE];
    return chosen.map(([kind, turns, meddle = null]) => ({ kind, meddle, turns, leases, clocks: clocksOf(random, leases) }));
  }
  return [...single(), ...meddled(random), ...resumed(), ...tangled(random, TANGLED)].map((schedule) => {
    // Without shared leases, only the journal prevents a second post. Most schedules therefore share none.
    const leases = !canLackLeases || random() < 0.25;
    return { ...schedule, leases, clocks: clocksOf(random, leases) };
  });
}

/** Returns a time that is later than the clocks of all processes and the expiry of all leases in a schedule. */
export const afterAll = ({ clocks }) => Math.max(...clocks) + HOUR_MS;

/** Returns true if a process of this schedule stops at a point that `matches`. */
const stopsAt = ({ turns }, matches, who = null) =>
  turns.some(({ until, ...turn }) => until !== null && (who === null || turn.who === who) && matches(until));

/**
 * Returns true if all processes may end without a post and with an unknown outcome: if the init of a photo or pull post
 * was lost in flight, or if the upload URL expired while a last chunk was in flight.
 */
export function mayStayUnclear(schedule) {
  if (!isPulled(schedule.kind)) return schedule.meddle === 'expire' && stopsAt(schedule, (point) => point.startsWith('last-chunk'));
  const broken = schedule.turns.filter(({ how }) => how === 'reset');
  return broken.some(({ who }) => stopsAt(schedule, (point) => point === 'init:held', who));
}
