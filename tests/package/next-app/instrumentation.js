/** Closes the client on SIGTERM. Exits with 0 if a client existed and all work ended in time. */
export async function register() {
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { findPerProcess } = await import('toklink/next');
    process.once('SIGTERM', async () => {
      const report = await findPerProcess('client')?.close({ deadlineMs: 2500 });
      process.exit(report?.complete ? 0 : 1);
    });
  }
}
