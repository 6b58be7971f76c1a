'use client';

import { useCallback, useEffect, useRef, useState, type FormEvent } from 'react';
import type { CreatorInfo } from 'toklink';
import { accountPath } from '@/lib/paths';
import { ask, type Trouble } from '@/lib/request';
import { Avatar } from '../avatar';
import { Banner, sentence } from '../banner';
import { TroubleBanner } from '../trouble-banner';
import { Choices } from './choices';
import { Outcome } from './outcome';
import { Preview } from './preview';
import { PostProgress } from './progress';
import { usePublish } from './use-publish';

/** TikTok counts UTF-16 units, as JavaScript's `length` does. */
const TITLE_UNITS = 2200;

interface Props {
  account: { accountId: string; workspaceId: string };
  videosPath: string;
}

export function PostPage({ account, videosPath }: Props) {
  const { accountId, workspaceId } = account;
  const [creator, setCreator] = useState<CreatorInfo | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  const load = useCallback(async () => {
    setTrouble(null);
    const answer = await ask<{ creator: CreatorInfo }>(accountPath('creator', { accountId, workspaceId }));
    if (answer.ok) setCreator(answer.value.creator);
    else setTrouble(answer.trouble);
  }, [accountId, workspaceId]);

  useEffect(() => {
    void load();
  }, [load]);

  if (trouble) return <TroubleBanner trouble={trouble} retry={load} />;
  if (!creator) {
    return (
      <div aria-busy="true" className="stack">
        <span role="status" className="soft small">
          Asking TikTok what this creator may choose…
        </span>
        <div className="skeleton" style={{ height: 380 }} aria-hidden="true" />
      </div>
    );
  }
  return <PostForm account={account} creator={creator} videosPath={videosPath} />;
}

function PostForm({ account, creator, videosPath }: Props & { creator: CreatorInfo }) {
  const { publish, start, cancel, reset } = usePublish(account);
  const [file, setFile] = useState<File | null>(null);
  const [title, setTitle] = useState('');
  const [draft, setDraft] = useState(false);
  const running = publish.state === 'running';
  const form = useRef<HTMLFormElement>(null);
  const { state } = publish;
  // The form changes its height: without this, the progress or the words would be out of sight.
  useEffect(() => {
    if (state !== 'idle') form.current?.scrollIntoView({ block: 'nearest' });
  }, [state]);
  // Once TikTok has every byte, nothing can take the post back.
  const mayCancel = running && ['uploading', 'probing', 'sending'].includes(publish.progress.phase);
  const tooLong = title.length > TITLE_UNITS;

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (!file || tooLong) return;
    const fields = new FormData(event.currentTarget);
    // Fields first: the server reads the form in order, and passes the file on as it comes.
    fields.delete('file');
    fields.append('fileSize', String(file.size));
    fields.append('file', file);
    start(fields, file.size);
  }

  function again() {
    reset();
    setFile(null);
    setTitle('');
    setDraft(false);
  }

  if (publish.state === 'done') return <Outcome outcome={publish.outcome} videosPath={videosPath} again={again} />;
  return (
    <div className="post">
      <form ref={form} className="panel" onSubmit={submit} aria-label="Post a video">
        <div className="row">
          <Avatar name={creator.nickname} url={creator.avatarUrl} small />
          <div>
            <div className="small soft">Posting as</div>
            <strong>{creator.nickname}</strong> <span className="soft">@{creator.username}</span>
          </div>
        </div>
        {publish.state === 'failed' && <Banner tone="bad">{sentence(publish.trouble.error)}</Banner>}
        {/* Hidden while it runs, not removed: what was chosen is still there when it fails. */}
        <div className="stack" style={{ gap: 22 }} hidden={running}>
          <div className="field">
            <label htmlFor="file">Video</label>
            <input
              id="file"
              name="file"
              type="file"
              accept="video/mp4,video/quicktime,video/webm,.mp4,.mov,.webm"
              required
              onChange={(event) => setFile(event.target.files?.[0] ?? null)}
            />
            <span className="soft small">MP4, MOV or WebM, at most {creator.maxVideoPostDurationSec} seconds for this creator</span>
          </div>
          <div className="field">
            <div className="field-head">
              <label htmlFor="title">Caption</label>
              <span className={tooLong ? 'over small' : 'soft small'} aria-live="polite">
                {title.length} / {TITLE_UNITS}
              </span>
            </div>
            <textarea
              id="title"
              name="title"
              value={title}
              onChange={(event) => setTitle(event.target.value)}
              aria-invalid={tooLong}
              placeholder="Say what it shows; #hashtags and @mentions work"
            />
            {tooLong && <span className="over small">{title.length - TITLE_UNITS} too many for TikTok. Shorten the caption.</span>}
          </div>
          <label className="check">
            <input type="checkbox" name="draft" value="true" checked={draft} onChange={(event) => setDraft(event.target.checked)} />
            <span>Send as a draft: the creator finishes it in the TikTok app</span>
          </label>
          {!draft && <Choices creator={creator} />}
          <p className="soft small">
            By posting, you agree to TikTok&apos;s{' '}
            <a href="https://www.tiktok.com/legal/page/global/music-usage-confirmation/en" target="_blank" rel="noreferrer">
              Music Usage Confirmation
            </a>
            . After it is posted, it can take a few minutes until it shows on the profile.
          </p>
          <div className="row">
            <button className="button button-main" type="submit" disabled={tooLong || running}>
              Post to TikTok
            </button>
          </div>
        </div>
        {running && (
          <>
            <PostProgress progress={publish.progress} />
            {mayCancel && (
              <div className="row">
                <button className="button" type="button" onClick={cancel} disabled={publish.cancelling}>
                  {publish.cancelling ? 'Cancelling…' : 'Cancel'}
                </button>
              </div>
            )}
          </>
        )}
      </form>
      <Preview file={file} maxSeconds={creator.maxVideoPostDurationSec} />
    </div>
  );
}
