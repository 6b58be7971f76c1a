import type { ReactNode } from 'react';

/** A sentence starts with a capital letter and ends with a mark, also when it came from a library. */
export function sentence(text: string): string {
  const end = /[.!?…]$/.test(text) ? '' : '.';
  return text.charAt(0).toUpperCase() + text.slice(1) + end;
}

export function Banner({ tone, children, action }: { tone: 'good' | 'bad' | 'warn'; children: ReactNode; action?: ReactNode }) {
  return (
    <div className={`banner banner-${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <p>{children}</p>
      {action}
    </div>
  );
}
