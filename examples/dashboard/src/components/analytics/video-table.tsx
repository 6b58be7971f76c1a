'use client';

import { useCallback, useEffect, useState } from 'react';
import type { Video, VideoPage } from 'toklink';
import { accountPath } from '@/lib/paths';
import { ask, type Trouble } from '@/lib/request';
import { TroubleBanner } from '../trouble-banner';

const COUNT = new Intl.NumberFormat('en');
const DAY = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });

const engagement = ({ likeCount, commentCount, shareCount, viewCount }: Video) =>
  viewCount === 0 ? 0 : ((likeCount + commentCount + shareCount) / viewCount) * 100;
const titleOf = (video: Video) => video.title || video.videoDescription || 'Untitled';

interface Column {
  name: string;
  of: (video: Video) => number | string;
  shown: (video: Video) => string;
}
const count = (name: string, of: (video: Video) => number): Column => ({ name, of, shown: (video) => COUNT.format(of(video)) });
const COLUMNS: Column[] = [
  { name: 'Video', of: titleOf, shown: titleOf },
  { name: 'Posted', of: ({ createdAt }) => Date.parse(createdAt), shown: ({ createdAt }) => DAY.format(new Date(createdAt)) },
  count('Views', (video) => video.viewCount),
  count('Likes', (video) => video.likeCount),
  count('Comments', (video) => video.commentCount),
  count('Shares', (video) => video.shareCount),
  { name: 'Engagement', of: engagement, shown: (video) => `${engagement(video).toFixed(2)} %` },
];

function sorted(videos: Video[], { of }: Column, descending: boolean): Video[] {
  const sign = descending ? -1 : 1;
  return [...videos].sort((a, b) => {
    const [x, y] = [of(a), of(b)];
    return sign * (typeof x === 'string' ? x.localeCompare(String(y)) : x - Number(y));
  });
}

/** Lists the newest videos with their metrics. A click on a column header sorts by that column; a second click reverses the order. */
export function VideoTable({ account }: { account: { accountId: string; workspaceId: string } }) {
  const { accountId, workspaceId } = account;
  const [videos, setVideos] = useState<Video[] | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [by, setBy] = useState({ name: 'Posted', descending: true });

  const load = useCallback(async () => {
    setTrouble(null);
    const page = await ask<VideoPage>(accountPath('videos', { accountId, workspaceId }));
    if (page.ok) setVideos(page.value.videos);
    else setTrouble(page.trouble);
  }, [accountId, workspaceId]);
  useEffect(() => {
    void load();
  }, [load]);

  if (trouble) return <TroubleBanner trouble={trouble} retry={load} />;
  if (!videos) return <div className="skeleton" style={{ height: 260 }} role="status" aria-label="Loading videos" />;
  if (videos.length === 0) return <p className="soft">No public videos yet.</p>;
  const column = COLUMNS.find(({ name }) => name === by.name);
  const rows = column ? sorted(videos, column, by.descending) : videos;
  const press = (name: string) =>
    setBy((now) => ({ name, descending: now.name === name ? !now.descending : name !== 'Video' }));
  return (
    <div className="table-frame" tabIndex={0} role="region" aria-label="Videos, newest 20">
      <table>
        <thead>
          <tr>
            {COLUMNS.map(({ name }) => (
              <th key={name} scope="col" aria-sort={by.name === name ? (by.descending ? 'descending' : 'ascending') : 'none'}>
                <button type="button" className="sort" onClick={() => press(name)}>
                  {name}
                  <span aria-hidden="true">{by.name === name ? (by.descending ? ' ↓' : ' ↑') : ''}</span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((video) => (
            <tr key={video.id}>
              {COLUMNS.map(({ name, shown }, at) =>
                at === 0 ? (
                  <th key={name} scope="row">
                    {shown(video)}
                  </th>
                ) : (
                  <td key={name}>{shown(video)}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
