// Judges a schedule by what TikTok's side has and by what every process reported.

import { isPulled } from './steps.mjs';
import { mayStayUnclear } from './schedules.mjs';

const isWhole = (post) => post.bytes_received === post.video_size;

/** Returns the tasks that posted or will: a task without all its bytes never does, and a photo needs none of ours. */
const posted = (posts, kind) =>
  posts.filter((post) => post.status !== 'FAILED' && (isPulled(kind) || isWhole(post)));

/**
 * A process may succeed, find that another owns the publish, or not know the outcome. It may say that nothing was posted
 * only where TikTok ended the task itself, and only of a task without a post. Everything else is a fault.
 */
function isExpected({ publishId, error, killed }, { meddle }, there) {
  if (killed === true || publishId !== undefined || error.code === 'CONFLICT' || error.mayHaveBeenSent) return true;
  const isPosted = there.some((post) => post.publish_id === error.publishId);
  if (meddle === 'fail') return error.failReason !== null && !isPosted;
  return meddle === 'expire' && error.code === 'UNAVAILABLE' && error.httpStatus !== null && !isPosted;
}

function wordsOf({ killed, publishId, error }) {
  if (killed) return 'killed';
  if (error === undefined) return `success ${publishId}`;
  return `${error.code}${error.mayHaveBeenSent ? ' (may have been sent)' : ''}: ${error.message}`;
}

/**
 * Returns `{ verdict, faults, conflicts, ends }`: the verdict is `one`, `doubled`, `lost` or `unclear`, `conflicts` counts the
 * processes that found another at work.
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
  for (const end of all.filter((each) => !isExpected(each, schedule, there))) faults.push(`an odd end: ${wordsOf(end)}`);
  let verdict = there.length === 1 ? 'one' : 'doubled';
  if (there.length === 0) verdict = mayStayUnclear(schedule) && again.error?.mayHaveBeenSent ? 'unclear' : 'lost';
  if (verdict === 'lost') faults.push('no post, although nothing keeps the key from another one');
  const conflicts = ends.filter((end) => end.error?.code === 'CONFLICT').length;
  return { verdict, faults, conflicts, ends: all.map(wordsOf) };
}
