import { answer } from '@/lib/answer';
import { publishScheduled } from '@/lib/calendar/publish';
import { requireCronSecret } from '@/lib/cron';

/** The scheduler disconnects after 30 s. */
export const maxDuration = 30;

export function POST(request: Request, { params }: { params: Promise<{ postId: string }> }): Promise<Response> {
  return answer(async () => {
    requireCronSecret(request);
    return publishScheduled((await params).postId);
  });
}
