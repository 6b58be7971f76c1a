// Returns the step of a publish to which a request belongs.

const API_STEPS = {
  '/v2/post/publish/creator_info/query/': 'creator-info',
  '/v2/post/publish/video/init/': 'init',
  '/v2/post/publish/content/init/': 'init',
  '/v2/post/publish/status/fetch/': 'status',
};

const CONTENT_RANGE = /^bytes (\d+)-(\d+)\/(\d+)$/;

/** Returns the name of a chunk by its position in the file. The only chunk of a small file counts as the last one. */
function chunkStep(contentRange) {
  const [, first, last, total] = (CONTENT_RANGE.exec(contentRange ?? '') ?? []).map(Number);
  if (last + 1 === total) return 'last-chunk';
  return first === 0 ? 'first-chunk' : 'middle-chunk';
}

/** Returns the name of the request's step, or `null` if the request belongs to no publish. */
export function stepOf(request) {
  if (request.method === 'PUT') return chunkStep(request.headers['content-range']);
  return API_STEPS[new URL(request.url, 'http://gate').pathname] ?? null;
}

/**
 * Moments at which a process can be suspended: before its request arrives, after half a chunk, or before the response
 * arrives.
 */
const EDGES = { api: ['held', 'answered'], chunk: ['held', 'midway', 'answered'] };

const pointsOf = (steps) =>
  steps.flatMap((step) => EDGES[step.endsWith('chunk') ? 'chunk' : 'api'].map((edge) => `${step}:${edge}`));

/** The points of each kind of post, in the order in which a publish reaches them. */
export const POINTS = {
  file: pointsOf(['creator-info', 'init', 'last-chunk', 'status']),
  chunks: pointsOf(['creator-info', 'init', 'first-chunk', 'middle-chunk', 'last-chunk', 'status']),
  photos: pointsOf(['creator-info', 'init', 'status']),
  pull: pointsOf(['creator-info', 'init', 'status']),
};

/** Returns true if TikTok fetches media of this kind itself, so that the init alone creates the post. */
export const isPulled = (kind) => kind === 'photos' || kind === 'pull';
