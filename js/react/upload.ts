import type { PublishTarget, Progress } from './follower.js';
import { ask, trouble, troubleOf, type Trouble } from './request.js';
import { accountPath, routePath } from './routes.js';

/** A file and the settings of its post, keyed by the field names of the publish route. */
export interface PostVideo {
  file: File;
  fields: Record<string, string>;
}

/** The progress of an upload, as the publish route reports it. */
interface Offset {
  offset: number;
  state: 'receiving' | 'received' | 'ended';
}

/**
 * The result of one request. `broken`: the connection was interrupted, so the rest can be sent later. `elsewhere`: the request reached a
 * process that does not have the upload, so the whole file must be sent again.
 */
type Sent = { how: 'arrived' | 'broken' | 'elsewhere' } | { how: 'refused'; trouble: Trouble };

const BROKEN = trouble('The upload stopped, so nothing was posted. Check your connection and send it again.', 'OFFLINE');
const CANCELLED = trouble('Cancelled. Nothing was posted.', 'CANCELLED');
/** Pauses between attempts. Their sum is less than the 60 s for which the server waits. */
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 25_000];
/** The maximum number of restarts from the first byte, after the server has lost the upload. */
const MOST_RESTARTS = 5;
/** Error codes of a process that does not have the upload. Another process may have it. */
const UNKNOWN = new Set(['NOT_FOUND', 'ELSEWHERE']);
/** The maximum number of cancel requests while the server does not have the post yet, and the pause between them. */
const MOST_CANCELS = 8;
const CANCEL_AGAIN_MS = 1_000;
/** Statuses with which a server or proxy aborts a request. The route itself always adds an error code to them. */
const GAVE_UP = new Set([408, 502, 503, 504]);

/** Sends one video to the server, in one or more requests. */
export class VideoUpload {
  #request: XMLHttpRequest | null = null;
  #wake = (): void => {};
  #stopped = false;
  #cancelled = false;
  #broke = false;
  #sent = 0;

  constructor(
    private readonly target: PublishTarget,
    private readonly video: PostVideo,
    private readonly report: (progress: Progress) => void,
  ) {}

  /** Returns true when the server may have started to publish, so that only the server's events report the outcome. */
  get mayHaveStarted(): boolean {
    return this.#broke;
  }

  /** Sends the video. Resolves to `null` when the server has the whole file or the publish has ended, or to an error. */
  async run(): Promise<Trouble | null> {
    let furthest = 0;
    let attempt = 0;
    let restarts = 0;
    let sent = await this.#send(null);
    while (sent.how === 'broken' || sent.how === 'elsewhere') {
      if (sent.how === 'elsewhere') {
        if (restarts >= MOST_RESTARTS || this.#cancelled) return BROKEN;
        restarts += 1;
        furthest = 0;
        sent = await this.#send(null);
        continue;
      }
      const pause = PAUSES_MS[attempt];
      if (pause === undefined) return BROKEN;
      attempt += 1;
      this.#broke = true;
      this.#tell(this.#sent, 0, null, true);
      await this.#pause(pause);
      if (this.#stopped) return CANCELLED;
      const asked = await ask<Offset>(accountPath(this.target.basePath, 'publish', this.target.account, { jobId: this.target.jobId }));
      if (this.#stopped) return CANCELLED;
      if (asked.ok) {
        const { offset, state } = asked.value;
        if (state !== 'receiving') return null;
        if (offset > furthest) attempt = 0;
        furthest = offset;
        if (this.#cancelled) stopAtServer(this.target);
        else sent = await this.#send(offset);
      } else if (UNKNOWN.has(asked.trouble.code) && !this.#cancelled && restarts < MOST_RESTARTS) {
        restarts += 1;
        furthest = 0;
        sent = await this.#send(null);
      } else if (asked.trouble.code !== 'OFFLINE') {
        return UNKNOWN.has(asked.trouble.code) ? BROKEN : asked.trouble;
      }
    }
    return sent.how === 'refused' ? sent.trouble : null;
  }

  /** Stops sending. */
  stop(): void {
    this.#stopped = true;
    this.#request?.abort();
    this.#wake();
  }

  /** Cancels the publish on the server. */
  cancel(): void {
    this.#cancelled = true;
    stopAtServer(this.target);
  }

  /** Sends the whole form, or the file from `offset`. Uses XMLHttpRequest, because fetch does not report upload progress. */
  #send(offset: number | null): Promise<Sent> {
    const { target, video } = this;
    const { jobId, basePath } = target;
    const request = new XMLHttpRequest();
    const base = offset ?? 0;
    const began = performance.now();
    this.#request = request;
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      if (this.#request !== request) return;
      const bytesPerSecond = (loaded * 1000) / Math.max(1, performance.now() - began);
      const remainingMs = bytesPerSecond > 0 ? ((total - loaded) * 1000) / bytesPerSecond : null;
      this.#tell(Math.min(base + loaded, video.file.size), bytesPerSecond, remainingMs, false);
    });
    return new Promise((resolve) => {
      const end = (sent: Sent) => {
        this.#request = null;
        resolve(sent);
      };
      request.addEventListener('error', () => end({ how: 'broken' }));
      request.addEventListener('abort', () => end({ how: 'refused', trouble: CANCELLED }));
      request.addEventListener('load', () => end(sentBy(request, offset !== null)));
      request.responseType = 'json';
      if (offset === null) {
        request.open('POST', accountPath(basePath, 'publish', target.account, { jobId }));
        request.send(formOf(video));
      } else {
        request.open('PATCH', accountPath(basePath, 'publish', target.account, { jobId }));
        request.setRequestHeader('content-type', 'application/partial-upload');
        request.setRequestHeader('upload-offset', String(offset));
        request.send(video.file.slice(offset));
      }
    });
  }

  #tell(sent: number, bytesPerSecond: number, remainingMs: number | null, retrying: boolean): void {
    this.#sent = sent;
    this.report({ phase: 'uploading', sent, total: this.video.file.size, bytesPerSecond, remainingMs, retrying });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, ms);
    });
  }
}

function sentBy(request: XMLHttpRequest, continues: boolean): Sent {
  if (request.status === 202) return { how: 'arrived' };
  const body: unknown = request.response;
  const why = troubleOf(body);
  // The server already has the post with this id, and its events report the outcome. Reporting a failure would make the user post twice.
  if (why.code === 'ENDED' || (why.code === 'BUSY' && request.status === 409)) return { how: 'arrived' };
  if (continues && UNKNOWN.has(why.code)) return { how: 'elsewhere' };
  const written = why.code !== 'OFFLINE';
  // INCOMPLETE and OFFSET: the upload can continue after the next query of its offset.
  // CLOSED: this server process is shutting down, and another process receives the file from its first byte.
  if (why.code === 'INCOMPLETE' || why.code === 'OFFSET' || why.code === 'CLOSED' || (!written && GAVE_UP.has(request.status))) return { how: 'broken' };
  return { how: 'refused', trouble: why };
}

/** Builds the form of a post. The file is last, because the server reads the form in order and forwards the file as it arrives. */
function formOf({ file, fields }: PostVideo): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('fileSize', String(file.size));
  form.append('file', file);
  return form;
}

/**
 * Cancels the publish on the server; the outcome arrives as an event. Retries for some time, because a process that does not have the
 * post can only cancel it after another process has written it to the journal.
 */
export function stopAtServer(target: PublishTarget, tries = MOST_CANCELS): void {
  const { jobId, account } = target;
  const { accountId, workspaceId } = account;
  void ask(routePath(target.basePath, 'publish/cancel'), { jobId, accountId, workspaceId }).then((answer) => {
    const unknown = !answer.ok && (answer.trouble.code === 'NOT_FOUND' || answer.trouble.code === 'OFFLINE');
    if (unknown && tries > 1) setTimeout(() => stopAtServer(target, tries - 1), CANCEL_AGAIN_MS);
  });
}
