import { tiktok } from '@/lib/tiktok';

/** For the scheduler, once a day, with CRON_SECRET. */
export const { GET } = tiktok.collectMetrics;
