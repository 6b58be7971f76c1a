import { answer } from '@/lib/answer';
import { requireCronSecret } from '@/lib/cron';
import { collectInbox } from '@/lib/social/inbox';

export function GET(request: Request): Promise<Response> {
  return answer(async () => {
    requireCronSecret(request);
    return collectInbox();
  });
}
