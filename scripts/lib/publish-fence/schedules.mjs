// The schedules: the processes that publish under one key, the points where each is suspended, and their turns.

import { isPulled, POINTS } from './steps.mjs';

const MINUTE_AND_MORE_MS = 61_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** The schedules with random points in the long round of each store. */
const TANGLED = 30;

/** Numbers from 0 to 1 that a seed gives again (mulberry32). */
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
 * @property {number[]} clocks by how many ms the clock of each process is ahead of the machine's
 * @property {boolean} leases whether the processes share their leases
 * @property {boolean} [resumes] whether the second process resumes the publish instead of repeating the call
 * @property {'expire' | 'fail' | null} meddle what happens to the task at TikTok while the first process sleeps
 * @property {{ who: number, until: string | null, how: 'wake' | 'kill' | 'reset' }[]} turns `how` is for a process that is suspended
 */

const turn = (who, until, how = 'wake') => ({ who, until, how });

/** The first stops at `point`, the second runs to its end, then the first continues. */
const overtaken = (point, how) => [turn(0, point), turn(1, null), turn(0, null, how)];
/** Both stop, then continue one after the other. */
const crossed = (first, second) => [turn(0, first), turn(1, second), turn(0, null), turn(1, null)];
/** Both stop twice. */
const alternating = (first, second, third, fourth) => [
  turn(0, first),
  turn(1, second),
  turn(0, third),
  turn(1, fourth),
  turn(0, null),
  turn(1, null),
];
/** Two stop, a third runs to its end, then the two continue in the other order. */
const threefold = (first, second, how) => [turn(0, first), turn(1, second), turn(2, null), turn(1, null), turn(0, null, how)];

/** Returns one line that names a schedule. */
export function nameOf({ kind, clocks, leases, resumes, meddle, turns }) {
  const letter = (who) => (who === 1 && resumes ? 'B (resume)' : 'ABC'[who]);
  const steps = turns.map(({ who, until, how }) => `${letter(who)}${how === 'wake' ? '' : ` ${how}`} ${until ?? 'end'}`);
  const ahead = clocks.map((ms) => `${ms / 1000}`).join('/');
  return `${kind}: ${steps.join(', ')}; clocks ahead ${ahead} s; ${leases ? 'shared' : 'no'} leases${meddle === null ? '' : `; ${meddle}`}`;
}

/** Clocks of three processes: with shared leases the later ones are past the lease of the first. */
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

/** Every point of every kind of post, woken, killed and with a broken connection: each once. */
const single = () =>
  Object.entries(POINTS).flatMap(([kind, points]) =>
    points.flatMap((point) => ['wake', 'kill', 'reset'].map((how) => ({ kind, meddle: null, turns: overtaken(point, how) }))),
  );

/** The upload URL expires, or TikTok refuses the task, while the first process sleeps. */
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

/** The second process knows the key alone, and resumes what has a task. */
const resumed = () =>
  ['init:answered', 'first-chunk:held', 'middle-chunk:answered', 'last-chunk:held', 'last-chunk:midway', 'last-chunk:answered'].flatMap(
    (point) => ['wake', 'kill'].map((how) => ({ kind: 'chunks', meddle: null, resumes: true, turns: overtaken(point, how) })),
  );

/** Two or three processes that stop more than once, at random points. */
function tangled(random, count) {
  const kinds = Object.keys(POINTS);
  return Array.from({ length: count }, (_, n) => {
    const kind = n % 2 === 0 ? 'chunks' : kinds[Math.floor(random() * kinds.length)];
    const points = POINTS[kind];
    const at = () => Math.floor(random() * points.length);
    // The later point of the first comes after its earlier one.
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
 * The confirmed faults, and the steps where TikTok may see requests of two processes. Those of `ALONE` are played on both
 * stores, with the journal alone between the processes where that is possible.
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

/** Returns the schedules of one arena; `canLackLeases` where processes need not share them. */
export function schedulesOf({ long, seed, canLackLeases }) {
  const random = numbers(seed);
  if (!long) {
    const leases = !canLackLeases;
    const chosen = canLackLeases ? ALONE : [...ALONE, ...MORE];
    return chosen.map(([kind, turns, meddle = null]) => ({ kind, meddle, turns, leases, clocks: clocksOf(random, leases) }));
  }
  return [...single(), ...meddled(random), ...resumed(), ...tangled(random, TANGLED)].map((schedule) => {
    // Without shared leases only the journal stands between the processes, so most of them share none.
    const leases = !canLackLeases || random() < 0.25;
    return { ...schedule, leases, clocks: clocksOf(random, leases) };
  });
}

/** Returns the time after all clocks of a schedule and all leases that it can have left. */
export const afterAll = ({ clocks }) => Math.max(...clocks) + HOUR_MS;

/** Returns whether a process of this schedule stops at a point that `matches`. */
const stopsAt = ({ turns }, matches, who = null) =>
  turns.some(({ until, ...turn }) => until !== null && (who === null || turn.who === who) && matches(until));

/**
 * Returns whether all processes may end without a post and without knowing the outcome: the init of a photo or pull post was
 * lost on its way, or the upload URL expired while a last chunk was on its way.
 */
export function mayStayUnclear(schedule) {
  if (!isPulled(schedule.kind)) return schedule.meddle === 'expire' && stopsAt(schedule, (point) => point.startsWith('last-chunk'));
  const broken = schedule.turns.filter(({ how }) => how === 'reset');
  return broken.some(({ who }) => stopsAt(schedule, (point) => point === 'init:held', who));
}
