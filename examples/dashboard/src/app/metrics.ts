'use server';

import { revalidatePath } from 'next/cache';
import { redirect } from 'next/navigation';
import { ToklinkError } from 'toklink';
import { prismaMetrics } from 'toklink/prisma';
import { prisma } from '@/lib/database';
import { requireWorkspacePermission } from '@/lib/permissions';
import { auth } from '@/lib/session';
import { tiktokClient } from '@/lib/tiktok';
import { tiktokAccounts, workspacePage } from '@/lib/workspace';

/** Returns the account that a form names. Throws unless the user may view it. */
async function accountOf(form: FormData) {
  const { workspace } = await workspacePage(String(form.get('slug')));
  // A server action is a separate route, so the layout that hides its page does not protect it.
  await requireWorkspacePermission(await auth(), workspace.id, 'social:view');
  const accounts = await tiktokAccounts(workspace.id);
  const account = accounts.find(({ accountId }) => accountId === form.get('accountId'));
  if (account === undefined) throw new Error('This account is not in this workspace.');
  return { workspace, account, page: `/orbit/${workspace.slug}/tiktok/analytics` };
}

/** Collects and stores today's metrics of one account. */
export async function collectToday(form: FormData): Promise<void> {
  const { workspace, account, page } = await accountOf(form);
  let error: string | undefined;
  try {
    const { failures } = await tiktokClient().collectMetrics({ accounts: [{ tenant: workspace.id, accountId: account.accountId }] });
    error = failures[0]?.code;
  } catch (fault) {
    if (!ToklinkError.is(fault)) throw fault;
    error = fault.code;
  }
  revalidatePath(page);
  redirect(`${page}?${new URLSearchParams({ account: account.accountId, ...(error && { error }) })}`);
}

const DAY_MS = 86_400_000;
const EXAMPLE_DAYS = 30;

/** Stores example metrics for the demo, so that the charts have data on the first day. */
export async function fillExampleHistory(form: FormData): Promise<void> {
  if (process.env.DASHBOARD_DEMO !== '1') throw new Error('Only the demo has example data.');
  const { workspace, account, page } = await accountOf(form);
  const today = Math.floor(Date.now() / DAY_MS);
  // Two days are missing, to show gaps.
  const days = Array.from({ length: EXAMPLE_DAYS }, (_, at) => at).filter((at) => at !== 17 && at !== 18);
  const rows = days.map((at) => {
    const readAt = (today - EXAMPLE_DAYS + at) * DAY_MS;
    const views = 182_000 + 6100 * at;
    const videoLikes = Math.round(views * (0.061 + 0.012 * Math.sin(at / 4)));
    return {
      tenant: workspace.id,
      accountId: account.accountId,
      day: new Date(readAt).toISOString().slice(0, 10),
      readAt,
      followers: Math.round(11_200 + 41 * at + 160 * Math.sin(at / 3)),
      following: 180 + at,
      likes: 410_000 + 900 * at,
      videoCount: 38 + Math.floor(at / 5),
      videosRead: 38,
      views,
      videoLikes,
      comments: Math.round(videoLikes / 14),
      shares: Math.round(videoLikes / 22),
    };
  });
  await prismaMetrics(prisma()).save(rows);
  revalidatePath(page);
  redirect(`${page}?${new URLSearchParams({ account: account.accountId })}`);
}
