import type { PublishOutcome, PublishProgress } from '../../js/index.js';

interface Account {
  accountId: string;
  workspaceId: string;
}

/** Sends the form, then shows the events of the publish. The server needs the file size before the file, so the file is last. */
export async function post(form: HTMLFormElement, account: Account, show: (words: string) => void): Promise<void> {
  const query = new URLSearchParams({ ...account });
  const body = new FormData(form);
  const file = body.get('file') as File;
  body.delete('file');
  body.append('fileSize', String(file.size));
  body.append('file', file);
  const answer = await fetch(`/api/social/tiktok/publish?${query}`, { method: 'POST', body });
  const { jobId, error } = (await answer.json()) as { jobId?: string; error?: string };
  if (jobId === undefined) return show(error ?? 'The upload failed. Try again.');

  const events = new EventSource(`/api/social/tiktok/publish/events?${new URLSearchParams({ jobId, ...account })}`);
  events.addEventListener('progress', (event: MessageEvent<string>) => {
    const { phase, bytesSent, totalBytes } = JSON.parse(event.data) as PublishProgress;
    show(`${phase}: ${bytesSent} of ${totalBytes} bytes`);
  });
  events.addEventListener('outcome', (event: MessageEvent<string>) => {
    events.close();
    const { status, failReason } = JSON.parse(event.data) as PublishOutcome;
    show(status === 'FAILED' ? `TikTok rejected it: ${failReason}` : 'Posted. It may take minutes to appear.');
  });
  events.addEventListener('failure', (event: MessageEvent<string>) => {
    events.close();
    show((JSON.parse(event.data) as { error: string }).error);
  });
}
