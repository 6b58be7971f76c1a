// Evaluates a schedule from the tasks on TikTok and the reports of all processes.

import { isPulled } from './steps.mjs';
import { mayStayUnclear } from './schedules.mjs';

const isWhole = (post) => post.bytes_received === post.video_size;

/**
 * Returns the tasks that were or will be posted. TikTok never posts a task with missing bytes; photos need no bytes
 * from toklink.
 */
const posted = (posts, kind) =>
  posts.filter((post) => post.status !== 'FAILED' && (isPulled(kind) || isWhole(post)));

/**
 * Returns true for an expected result. A process may succeed, report that another process owns the publish, or report
 * an unknown outcome. It may report that nothing was posted only if TikTok ended its task and the task has no post.
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
 * Returns `{ verdict, faults, conflicts, ends }`. `verdict` is `one`, `doubled`, `lost` or `unclear`. `conflicts`
 * counts the processes that found another process working on the publish.
 *
 * @param {import('./schedules.mjs').Schedule} schedule
 * @param {{ ends: object[], again: object, posts: object[], inits: number, sha256: string }} seen `again` is the end of a last process with the same key
 */
export function judge(schedule, { ends, again, posts, inits, sha256 }) {
  const faults = [];
  const there = posted(posts, schedule.kind);
  const all = [...ends, again];
  const successes = new Set(all.flatMap((end) => end.publishId ?? []));
  if (there.length > 1) faults.push(`${there.length} posts`);
  if (successes.size > 1) faults.push(`successes with ${successes.size} different publish IDs`);
  for (const id of successes) {
    if (!there.some((post) => post.publish_id === id)) faults.push(`a success without a post: ${id}`);
  }
  if (!isPulled(schedule.kind) && there.some((post) => post.sha256 !== sha256)) faults.push('a post with the wrong bytes');
  if (isPulled(schedule.kind) && inits > 1) faults.push(`${inits} inits`);
  for (const end of all.filter((each) => !isExpected(each, schedule, there))) faults.push(`an unexpected result: ${wordsOf(end)}`);
  let verdict = there.length === 1 ? 'one' : 'doubled';
  if (there.length === 0) verdict = mayStayUnclear(schedule) && again.error?.mayHaveBeenSent ? 'unclear' : 'lost';
  if (verdict === 'lost') faults.push('no post and no reported reason, although the key could have been used again');
  const conflicts = ends.filter((end) => end.error?.code === 'CONFLICT').length;
  return { verdict, faults, conflicts, ends: all.map(wordsOf) };
}
