import { tiktok } from '@/lib/tiktok';

/** The scheduler calls this route once a day with CRON_SECRET. */
export const { GET } = tiktok.collectMetrics;
