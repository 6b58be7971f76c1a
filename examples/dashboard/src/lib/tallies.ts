import { prisma } from './database';

/** One step of a login, a post or a refresh. */
export interface Step {
  flow: 'login' | 'publish' | 'refresh';
  step: 'started' | 'finished' | 'failed';
  code?: string | null;
  owner?: string | null;
}

const today = () => new Date(new Date().toISOString().slice(0, 10));

/** Counts a step in the background. Only logs a failed write. */
export function count({ flow, step, code, owner }: Step): void {
  const named = { day: today(), flow, step, code: code ?? '', owner: owner ?? '' };
  prisma()
    .tikTokTally.upsert({
      where: { day_flow_step_code_owner: named },
      create: { ...named, count: 1 },
      update: { count: { increment: 1 } },
    })
    .catch((error: unknown) => console.error('could not count a TikTok step:', error instanceof Error ? error.message : error));
}

export interface Summary {
  flow: Step['flow'];
  started: number;
  finished: number;
  /** Failures that the user caused, such as a denied consent or a file that is not a video. */
  byPerson: number;
  failed: number;
  /** The success rate in percent, excluding failures that the user caused; `null` without data. */
  successPercent: number | null;
}

export interface Failure {
  flow: string;
  code: string;
  owner: string;
  count: number;
}

/** Sums the steps of the last `days` days by flow, and lists the failures by code, most frequent first. */
export async function summaries(days: number): Promise<{ summaries: Summary[]; failures: Failure[] }> {
  const since = new Date(today().getTime() - (days - 1) * 86_400_000);
  const rows = await prisma().tikTokTally.groupBy({
    by: ['flow', 'step', 'code', 'owner'],
    where: { day: { gte: since } },
    _sum: { count: true },
  });
  const sum = (wanted: (row: (typeof rows)[number]) => boolean) =>
    rows.filter(wanted).reduce((total, row) => total + (row._sum.count ?? 0), 0);
  const summaries = (['login', 'publish', 'refresh'] as const).map((flow) => {
    const of = (step: Step['step'], owner?: (owner: string) => boolean) =>
      sum((row) => row.flow === flow && row.step === step && (owner?.(row.owner) ?? true));
    const finished = of('finished');
    const failed = of('failed', (owner) => owner !== 'user');
    const successPercent = finished + failed === 0 ? null : (finished * 100) / (finished + failed);
    return { flow, started: of('started'), finished, byPerson: of('failed', (owner) => owner === 'user'), failed, successPercent };
  });
  const failures = rows
    .filter((row) => row.step === 'failed')
    .map(({ flow, code, owner, _sum }) => ({ flow, code, owner, count: _sum.count ?? 0 }))
    .sort((a, b) => b.count - a.count);
  return { summaries, failures };
}
