/** Throws "Unauthorized" unless the scheduler's header contains the secret. */
export function requireCronSecret(request: Request): void {
  const secret = process.env['CRON_SECRET'];
  if (!secret || request.headers.get('x-cron-secret') !== secret) throw new Error('Unauthorized');
}
