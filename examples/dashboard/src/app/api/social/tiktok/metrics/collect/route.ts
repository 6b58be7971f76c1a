import { tiktok } from '@/lib/tiktok';

/** For the scheduler, once a day; it shows CRON_SECRET. */
export const { GET } = tiktok.collectMetrics;
