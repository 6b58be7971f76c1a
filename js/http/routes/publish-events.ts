import { signedIn } from '../guard.js';
import { jobFor } from './publish.js';
import type { RouteContext } from '../context.js';
import type { JobEvent } from '../jobs.js';

/** Proxies close a connection that is silent for about a minute. */
const HEARTBEAT_MS = 15_000;

function encode(event: JobEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`;
}

/**
 * GET ?jobId: server-sent events `progress`, then one `outcome` or `failure`. A browser that comes back is told the
 * newest event first. Leaving does not stop the publish.
 */
export async function publishEvents(context: RouteContext, request: Request): Promise<Response> {
  const session = await signedIn(context.options, request);
  const job = await jobFor(context, session, new URL(request.url).searchParams.get('jobId'));
  let leave = () => {};
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      const text = new TextEncoder();
      let stopListening = () => {};
      const heartbeat = setInterval(() => controller.enqueue(text.encode(': still here\n\n')), HEARTBEAT_MS);
      heartbeat.unref();
      leave = () => {
        clearInterval(heartbeat);
        stopListening();
      };
      const tell = (event: JobEvent) => {
        controller.enqueue(text.encode(encode(event)));
        if (event.type === 'progress') return;
        leave();
        controller.close();
      };
      controller.enqueue(text.encode('retry: 1000\n\n'));
      stopListening = job.listen(tell);
      if (job.last !== null) tell(job.last);
    },
    cancel() {
      leave();
    },
  });
  return new Response(stream, {
    headers: {
      'content-type': 'text/event-stream',
      // no-transform: a compressing server would hold events back until its buffer is full.
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
  });
}
