'use client';

import { useRouter } from 'next/navigation';
import { useRef, useState } from 'react';
import { disconnectPath } from '@/lib/paths';
import { ask } from '@/lib/request';
import { Banner, sentence } from './banner';

interface Props {
  accountId: string;
  name: string;
  workspaceId: string;
}

export function DisconnectButton({ accountId, name, workspaceId }: Props) {
  const router = useRouter();
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function disconnect() {
    setBusy(true);
    const answer = await ask(disconnectPath, { accountId, workspaceId });
    setBusy(false);
    if (!answer.ok) return setError(answer.trouble.error);
    dialog.current?.close();
    router.replace(location.pathname);
    router.refresh();
  }

  return (
    <>
      <button className="button button-danger" type="button" onClick={() => dialog.current?.showModal()}>
        Disconnect
      </button>
      <dialog ref={dialog} aria-label={`Disconnect ${name}`} onClose={() => setError(null)}>
        <div className="stack">
          <h2>Disconnect {name}?</h2>
          <p className="soft">
            Its tokens are erased here and withdrawn at TikTok. Videos that were posted stay. You can connect it again at any
            time.
          </p>
          {error && <Banner tone="bad">{sentence(error)}</Banner>}
          <div className="row">
            <button className="button button-danger" type="button" onClick={disconnect} disabled={busy}>
              {busy ? 'Disconnecting…' : 'Disconnect account'}
            </button>
            <button className="button" type="button" onClick={() => dialog.current?.close()} disabled={busy}>
              Keep it
            </button>
          </div>
        </div>
      </dialog>
    </>
  );
}
