// Judges a schedule by what TikTok's side has and by what every process reported.

import { isPulled } from './steps.mjs';
import { mayStayUnclear } from './schedules.mjs';

const isWhole = (post) => post.bytes_received === post.video_size;

/** Returns the tasks that posted or will: a task without all its bytes never does, and a photo needs none of ours. */
const posted = (posts, kind) =>
  posts.filter((post) => post.status !== 'FAILED' && (isPulled(kind) || isWhole(post)));

/** A process may succeed, find that another has the publish, or not know the outcome; everything else is a fault. */
function isExpected({ publishId, error, killed }) {
  return killed === true || publishId !== undefined || error.code === 'CONFLICT' || error.mayHaveBeenSent;
}

const wordsOf = ({ killed, publishId, error }) =>
  killed ? 'killed' : publishId !== undefined ? `success ${publishId}` : `${error.code}${error.mayHaveBeenSent ? ' (may have been sent)' : ''}: ${error.message}`;

/**
 * Answers `{ verdict, faults, unclear }`: the verdict is `one`, `doubled`, `lost` or `unclear`.
 *
 * @param {import('./schedules.mjs').Schedule} schedule
 * @param {{ ends: object[], again: object, posts: object[], inits: number, sha256: string }} seen `again` is how a last process with the same key ended
 */
export function judge(schedule, { ends, again, posts, inits, sha256 }) {
  const faults = [];
  const there = posted(posts, schedule.kind);
  const all = [...ends, again];
  const successes = new Set(all.flatMap((end) => end.publishId ?? []));
  if (there.length > 1) faults.push(`${there.length} posts`);
  if (successes.size > 1) faults.push(`successes with ${successes.size} publish ids`);
  for (const id of successes) {
    if (!there.some((post) => post.publish_id === id)) faults.push(`a success without a post: ${id}`);
  }
  if (!isPulled(schedule.kind) && there.some((post) => post.sha256 !== sha256)) faults.push('other bytes');
  if (isPulled(schedule.kind) && inits > 1) faults.push(`${inits} inits`);
  for (const end of all.filter((each) => !isExpected(each))) faults.push(`an odd end: ${wordsOf(end)}`);
  let verdict = there.length === 1 ? 'one' : 'doubled';
  if (there.length === 0) verdict = mayStayUnclear(schedule) && again.error?.mayHaveBeenSent ? 'unclear' : 'lost';
  if (verdict === 'lost') faults.push('no post, and the key can be used no more');
  return { verdict, faults, ends: all.map(wordsOf) };
}
