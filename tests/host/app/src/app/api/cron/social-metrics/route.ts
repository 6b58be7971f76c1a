import { answer } from '@/lib/answer';
import { requireCronSecret } from '@/lib/cron';
import { collectMetrics } from '@/lib/social/metrics';

/** Called every 15 minutes; must respond within 30 s. */
export function GET(request: Request): Promise<Response> {
  return answer(async () => {
    requireCronSecret(request);
    return collectMetrics();
  });
}
