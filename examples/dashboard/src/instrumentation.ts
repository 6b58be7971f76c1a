/** Next.js calls this once, before the first request. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { raiseRequestTimeout } = await import('./lib/request-timeout');
    raiseRequestTimeout();
    const { closeOnSigterm } = await import('./lib/shutdown');
    closeOnSigterm();
  }
}
