import { answer } from '@/lib/answer';
import { requireCronSecret } from '@/lib/cron';
import { collectMetrics } from '@/lib/social/metrics';

/** The scheduler calls this route every 15 minutes. The route must respond within 30 s. */
export function GET(request: Request): Promise<Response> {
  return answer(async () => {
    requireCronSecret(request);
    return collectMetrics();
  });
}
