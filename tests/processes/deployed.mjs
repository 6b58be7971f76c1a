// A host that posts a video and closes its client on SIGTERM, as during a deployment. Prints one JSON document per
// line: each progress report, the result of the publish, and the result of closing. tests/js/sigterm.test.ts starts and
// checks this process.

import { Client, ToklinkError } from 'toklink';

const { options, account, file, key, deadlineMs } = JSON.parse(process.env.DEPLOYED_JOB);
const say = (line) => console.log(JSON.stringify(line));
const client = new Client(options);

process.once('SIGTERM', async () => {
  say({ report: await client.close({ deadlineMs }) });
  process.exit(0);
});

const onProgress = ({ bytesSent, phase }) => say({ bytesSent, phase });
try {
  say({ outcome: await client.publishVideo(account, { file, privacyLevel: 'SELF_ONLY' }, { idempotencyKey: key, onProgress }) });
} catch (error) {
  if (!ToklinkError.is(error)) throw error;
  say({ error: error.toJSON() });
}
