/** Runs a route. An error becomes a status and `{ error }`. */
export async function answer(work: () => Promise<unknown>): Promise<Response> {
  try {
    return Response.json(await work());
  } catch (error) {
    const message = error instanceof Error ? error.message : 'Unknown error';
    console.error(error);
    const status = message.includes('Unauthorized') ? 401 : message.startsWith('Missing permission') ? 403 : 500;
    return Response.json({ error: message }, { status });
  }
}
