'use client';

import { useState } from 'react';
import type { Video } from 'toklink';

const COUNT = new Intl.NumberFormat('en');
const WHEN = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

function length(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
}

export function VideoItem({ video }: { video: Video }) {
  const [broken, setBroken] = useState(false);
  const counts: [string, number][] = [
    ['Views', video.viewCount],
    ['Likes', video.likeCount],
    ['Comments', video.commentCount],
    ['Shares', video.shareCount],
  ];
  const title = video.title || video.videoDescription || 'Untitled';
  return (
    <li className="video" data-video={video.id}>
      {video.coverImageUrl && !broken ? (
        <img className="cover" src={video.coverImageUrl} alt="" referrerPolicy="no-referrer" onError={() => setBroken(true)} />
      ) : (
        <span className="cover" aria-hidden="true">
          ▶
        </span>
      )}
      <div>
        <div className="video-title">
          {video.shareUrl ? (
            <a href={video.shareUrl} target="_blank" rel="noreferrer">
              {title}
            </a>
          ) : (
            title
          )}
        </div>
        <div className="soft small">
          {WHEN.format(new Date(video.createdAt))} · {length(video.durationSec)}
        </div>
      </div>
      <dl className="counts">
        {counts.map(([name, count]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{COUNT.format(count)}</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}
