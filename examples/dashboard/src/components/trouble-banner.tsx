import type { Trouble } from '@/lib/request';
import { Banner, sentence } from './banner';

/** Trying again does not help against these; connecting again may. */
const CONNECT_AGAIN = new Set(['UNAUTHORIZED', 'PERMISSION_DENIED', 'INACTIVE']);

/** A fault in words, with the one thing to do about it. */
export function TroubleBanner({ trouble, retry }: { trouble: Trouble; retry: () => void }) {
  const action = CONNECT_AGAIN.has(trouble.code) ? (
    // Relative to the pages under /orbit/{slug}/tiktok.
    <a className="button" href="../settings/accounts">
      To the accounts
    </a>
  ) : (
    <button className="button" type="button" onClick={retry}>
      Try again
    </button>
  );
  return (
    <Banner tone="bad" action={action}>
      {sentence(trouble.error)}
    </Banner>
  );
}
