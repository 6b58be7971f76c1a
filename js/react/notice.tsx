'use client';

import type { ReactNode } from 'react';

export interface NoticeProps {
  tone: 'good' | 'bad' | 'warn';
  children: ReactNode;
  /** A link or button that resolves the problem. */
  action?: ReactNode;
}

/** Shows a message. Screen readers announce an error immediately. */
export function Notice({ tone, children, action }: NoticeProps) {
  return (
    <div className={`toklink-notice toklink-notice-${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <p>{children}</p>
      {action}
    </div>
  );
}
