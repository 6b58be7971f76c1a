/** Next.js calls this once, before the first request. */
export async function register(): Promise<void> {
  if (process.env['NEXT_RUNTIME'] === 'nodejs') {
    const [{ raiseRequestTimeout }, { closeOnSigterm }] = await Promise.all([import('./lib/request-timeout'), import('./lib/shutdown')]);
    raiseRequestTimeout();
    closeOnSigterm();
  }
}
