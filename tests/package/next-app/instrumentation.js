/** Closes the client on SIGTERM, and exits with 0 when all work had ended in time. */
export async function register() {
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { client } = await import('./client');
    process.once('SIGTERM', async () => {
      const { complete } = await client().close({ deadlineMs: 2500 });
      process.exit(complete ? 0 : 1);
    });
  }
}
