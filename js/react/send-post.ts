import { Follower, type Listener, type PublishTarget } from './follower.js';
import { ask, type Trouble } from './request.js';
import { accountPath } from './routes.js';
import { stopAtServer, VideoUpload, type PostVideo } from './upload.js';

export interface ActivePost {
  /** Cancels the publish. Does not undo a post when TikTok already has all bytes. */
  cancel: () => void;
  /** Stops following the publish, and cancels an upload that still runs. */
  leave: () => void;
}

/**
 * Uploads a video with the settings of its post. The server passes the bytes to TikTok while they arrive, so the component follows the
 * events of the publish from the first byte. An interrupted upload resumes automatically after a pause.
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
    // Always under the same id, because an earlier request may be posting.
    listener.failed(why, true);
  };
  listener.progress({ phase: 'uploading', sent: 0, total: video.file.size, bytesPerSecond: 0, remainingMs: null });
  void upload.run().then(ended);
  return {
    cancel: () => {
      // Also before the publish starts: the server would otherwise wait a minute for the rest, and the upload would keep its slot.
      upload.cancel();
      // Once the server may have started to publish, only its events report the end.
      if (!events.hasEvents && !over && !upload.mayHaveStarted) upload.stop();
    },
    leave: () => {
      if (!over) upload.cancel();
      events.leave();
      stop();
    },
  };
}

/** Posts photos, which TikTok fetches itself from `photoUrls` among `fields`. */
export function sendPhotos(target: PublishTarget, fields: Record<string, unknown>, listener: Listener): ActivePost {
  let left = false;
  const events = new Follower(target, listener, () => false);
  listener.progress({ phase: 'probing', sent: 0, total: 0, bytesPerSecond: 0, remainingMs: null });
  const path = accountPath(target.basePath, 'publish/photos', target.account, { jobId: target.jobId });
  void ask(path, fields).then((answer) => {
    if (left) return;
    // An earlier request under this id arrived although its response was lost, so the component follows that post.
    if (answer.ok || (answer.status === 409 && answer.trouble.code === 'BUSY')) events.follow();
    // Under the same id, for the same reason as for a video.
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
