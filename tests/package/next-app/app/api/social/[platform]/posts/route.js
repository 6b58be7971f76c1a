/** A route of the host that serves all of its platforms. */
export async function GET(_request, { params }) {
  const { platform } = await params;
  return new Response(`posts of ${platform}`);
}
