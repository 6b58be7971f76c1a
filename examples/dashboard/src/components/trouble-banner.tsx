import type { Trouble } from '@/lib/request';
import { Banner, sentence } from './banner';

/** Error codes that a retry cannot resolve, but a new login may. */
const CONNECT_AGAIN = new Set(['UNAUTHORIZED', 'PERMISSION_DENIED', 'INACTIVE']);

/** Shows an error and the action that resolves it. */
export function TroubleBanner({ trouble, retry }: { trouble: Trouble; retry: () => void }) {
  const action = CONNECT_AGAIN.has(trouble.code) ? (
    // Relative to the pages under /orbit/{slug}/tiktok.
    <a className="button" href="../settings/accounts">
      Manage accounts
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
