import { Follower, type Listener, type PublishTarget } from './follower.js';
import { ask, type Trouble } from './request.js';
import { accountPath } from './routes.js';
import { stopAtServer, VideoUpload, type PostVideo } from './upload.js';

export interface ActivePost {
  /** Cancels the publish. Does not undo a post when TikTok already has all bytes. */
  cancel: () => void;
  /** Stops following the publish, and cancels a running upload. */
  leave: () => void;
}

/**
 * Uploads a video with the settings of its post. The server forwards the bytes to TikTok as they arrive, so this follows the publish
 * events from the first byte. An interrupted upload resumes automatically after a pause.
 */
export function sendVideo(target: PublishTarget, video: PostVideo, listener: Listener): ActivePost {
  let over = false;
  let retrying = false;
  const stop = () => {
    over = true;
    upload.stop();
  };
  const events = new Follower(
    target,
    {
      progress: (progress) => listener.progress({ ...progress, retrying }),
      published: (outcome) => (stop(), listener.published(outcome)),
      failed: (why, again) => (stop(), listener.failed(why, again)),
    },
    () => !over,
  );
  const upload = new VideoUpload(target, video, (progress) => {
    if (over) return;
    retrying = progress.retrying ?? false;
    if (!events.follows && progress.sent > 0) events.follow();
    if (!events.hasEvents || retrying) listener.progress(progress);
  });
  const ended = (why: Trouble | null) => {
    if (over) return;
    over = true;
    retrying = false;
    if (why === null) return void (events.follows || events.follow());
    events.leave();
    // The user may retry, but only under the same id, because an earlier request may still be posting.
    listener.failed(why, true);
  };
  listener.progress({ phase: 'uploading', sent: 0, total: video.file.size, bytesPerSecond: 0, remainingMs: null });
  void upload.run().then(ended);
  return {
    cancel: () => {
      // Cancel on the server even before the publish starts. Otherwise the server waits a minute for the rest of the upload.
      upload.cancel();
      // Once the server may have started to publish, only its events report the outcome.
      if (!events.hasEvents && !over && !upload.mayHaveStarted) upload.stop();
    },
    leave: () => {
      if (!over) upload.cancel();
      events.leave();
      stop();
    },
  };
}

/** Posts photos. TikTok fetches them from the URLs in `fields.photoUrls`. */
export function sendPhotos(target: PublishTarget, fields: Record<string, unknown>, listener: Listener): ActivePost {
  let left = false;
  const events = new Follower(target, listener, () => false);
  listener.progress({ phase: 'probing', sent: 0, total: 0, bytesPerSecond: 0, remainingMs: null });
  const path = accountPath(target.basePath, 'publish/photos', target.account, { jobId: target.jobId });
  void ask(path, fields).then((answer) => {
    if (left) return;
    // BUSY: an earlier request with this id arrived, although its response was lost. Follow that post.
    if (answer.ok || (answer.status === 409 && answer.trouble.code === 'BUSY')) events.follow();
    // As for a video, the user may retry under the same id.
    else listener.failed(answer.trouble, true);
  });
  return {
    cancel: () => stopAtServer(target),
    leave: () => {
      left = true;
      events.leave();
    },
  };
}
