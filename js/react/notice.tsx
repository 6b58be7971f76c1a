'use client';

import type { ReactNode } from 'react';

export interface NoticeProps {
  tone: 'good' | 'bad' | 'warn';
  children: ReactNode;
  /** The one thing to do about it. */
  action?: ReactNode;
}

/** Something to know, read out at once when it is bad. */
export function Notice({ tone, children, action }: NoticeProps) {
  return (
    <div className={`toklink-notice toklink-notice-${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <p>{children}</p>
      {action}
    </div>
  );
}
