import Link from 'next/link';
import type { ReactNode } from 'react';
import { leave } from '@/app/actions';
import type { Session } from '@/lib/session';
import { Brand } from './brand';

export function Top({ session, where, children }: { session: Session; where?: ReactNode; children?: ReactNode }) {
  return (
    <header className="top">
      <div className="top-inner">
        <div className="top-row">
          <Brand />
          {where && <span className="where">{where}</span>}
          <div className="who">
            {session.user.operator && (
              <Link className="small" href="/admin/social-media/tiktok">
                Operators
              </Link>
            )}
            <span className="small soft">{session.user.name}</span>
            <form action={leave}>
              <button className="button button-quiet" type="submit">
                Sign out
              </button>
            </form>
          </div>
        </div>
        {children}
      </div>
    </header>
  );
}
