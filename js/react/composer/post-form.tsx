'use client';

import { useId, useState, type FormEvent } from 'react';
import type { CreatorInfo } from '../../types.js';
import { Avatar } from '../avatar.js';
import { Notice } from '../notice.js';
import { UploadProgress } from '../upload-progress.js';
import { usePublish, type PostMedia } from '../use-publish.js';
import { Audience, Interactions } from './audience.js';
import { Declaration, Disclosure } from './disclosure.js';
import { Outcome } from './outcome.js';
import { PhotoPreview, VideoPreview } from './preview.js';
import type { PostComposerProps } from './props.js';
import { fieldsOf, MOST, obstacles, unitsOf, untouched, type Settings } from './settings.js';

interface Props extends PostComposerProps {
  creator: CreatorInfo;
  /** Requests the creator's options again. */
  renew: () => void;
}

export function PostForm({ account, basePath, creator, photos, initialTitle = '', drafts = false, actions, onPublished, renew }: Props) {
  const id = useId();
  const { publish, start, cancel } = usePublish(account, { ...(basePath !== undefined && { basePath }), ...(onPublished && { onPublished }) });
  const [settings, setSettings] = useState<Settings>(() => untouched(initialTitle));
  const [file, setFile] = useState<File | null>(null);
  const [seconds, setSeconds] = useState<number | null>(null);
  const change = (some: Partial<Settings>) => setSettings((before) => ({ ...before, ...some }));

  const isPhotos = photos !== undefined;
  const missing = obstacles(settings, { photos: isPhotos, there: isPhotos || file !== null, seconds }, creator);
  const running = publish.state === 'running';
  // Once TikTok has all bytes, the post cannot be cancelled.
  const mayCancel = running && ['uploading', 'probing', 'sending'].includes(publish.progress.phase);

  function choose(chosen: File | null) {
    setFile(chosen);
    setSeconds(null);
    change({ coverTimestampMs: null });
  }

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (missing.length > 0 || running) return;
    const media: PostMedia | null = isPhotos ? { photoUrls: photos } : file && { file };
    if (media !== null) start(media, fieldsOf(settings, isPhotos, creator));
  }

  // `renew` makes the parent component request the creator's options again and show a new form.
  if (publish.state === 'done') return <Outcome outcome={publish.outcome} actions={actions} again={renew} />;
  const section = { settings, change, creator, photos: isPhotos };
  return (
    <div className="toklink-post">
      <form className="toklink-panel toklink-stack" onSubmit={submit} aria-label="Post to TikTok">
        <div className="toklink-row">
          <Avatar name={creator.nickname} url={creator.avatarUrl} />
          <div>
            <div className="toklink-small">Posting as</div>
            <strong>{creator.nickname}</strong> <span>@{creator.username}</span>
          </div>
        </div>
        {publish.state === 'failed' && (
          <Notice tone={publish.trouble.code === 'INTERRUPTED' ? 'warn' : 'bad'}>{publish.trouble.error}</Notice>
        )}
        {/* Hides the fields during the post instead of removing them, so that the user's choices are kept if it fails. */}
        <div className="toklink-stack" hidden={running}>
          {!isPhotos && (
            <div className="toklink-field">
              <label htmlFor={`${id}-file`}>Video</label>
              <input
                id={`${id}-file`}
                type="file"
                accept="video/mp4,video/quicktime,video/webm,.mp4,.mov,.webm"
                required
                aria-describedby={`${id}-formats`}
                onChange={(event) => choose(event.target.files?.[0] ?? null)}
              />
              <span id={`${id}-formats`} className="toklink-small">
                MP4, MOV or WebM, at most {creator.maxVideoPostDurationSec} seconds for this creator
              </span>
            </div>
          )}
          <Text
            label={isPhotos ? 'Title' : 'Caption'}
            value={settings.title}
            most={isPhotos ? MOST.photoTitle : MOST.videoTitle}
            onChange={(title) => change({ title })}
          />
          {isPhotos && (
            <Text label="Description" value={settings.description} most={MOST.description} onChange={(description) => change({ description })} />
          )}
          {drafts && (
            <label className="toklink-check">
              <input type="checkbox" name="draft" checked={settings.draft} onChange={(event) => change({ draft: event.target.checked })} />
              <span>Send as a draft: the creator finishes it in the TikTok app</span>
            </label>
          )}
          {!settings.draft && (
            <>
              <Audience {...section} />
              <Interactions {...section} />
              <Disclosure {...section} />
            </>
          )}
          <Declaration branded={!settings.draft && settings.commercial && settings.brandContent} />
          <div className="toklink-row">
            {/* A disabled button receives no pointer events, so the element around it shows the reason. */}
            <span title={missing[0]}>
              <button
                className="toklink-button toklink-button-main"
                type="submit"
                disabled={missing.length > 0 || running}
                aria-describedby={`${id}-missing`}
              >
                {settings.draft ? 'Send to inbox' : 'Post to TikTok'}
              </button>
            </span>
            <span id={`${id}-missing`} className="toklink-small" role="status">
              {missing[0]}
            </span>
          </div>
        </div>
        {running && (
          <>
            <UploadProgress progress={publish.progress} photos={isPhotos} />
            {mayCancel && (
              <button className="toklink-button" type="button" onClick={cancel} disabled={publish.cancelling}>
                {publish.cancelling ? 'Cancelling…' : 'Cancel'}
              </button>
            )}
          </>
        )}
      </form>
      {isPhotos ? (
        <PhotoPreview urls={photos} />
      ) : (
        <VideoPreview
          file={file}
          maxSeconds={creator.maxVideoPostDurationSec}
          seconds={seconds}
          onSeconds={setSeconds}
          coverTimestampMs={settings.coverTimestampMs}
          // No warning before the user has chosen an audience, or for a draft, whose audience the creator chooses in TikTok.
          coverIsLost={!settings.draft && settings.privacyLevel !== '' && settings.privacyLevel !== 'PUBLIC_TO_EVERYONE'}
          onCover={(coverTimestampMs) => change({ coverTimestampMs })}
        />
      )}
    </div>
  );
}

function Text({ label, value, most, onChange }: { label: string; value: string; most: number; onChange: (text: string) => void }) {
  const id = useId();
  const units = unitsOf(value);
  const over = units > most;
  return (
    <div className="toklink-field">
      <div className="toklink-row toklink-apart">
        <label htmlFor={id}>{label}</label>
        <span id={`${id}-count`} className={over ? 'toklink-small toklink-over' : 'toklink-small'}>
          {units} / {most}
        </span>
      </div>
      <textarea
        id={id}
        value={value}
        aria-invalid={over}
        aria-describedby={`${id}-count`}
        placeholder="Describe your video. Add #hashtags and @mentions."
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}
