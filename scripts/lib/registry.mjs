// A registry on loopback that serves the packed tarballs. It forwards all other requests to npm's configured registry,
// so that an installation resolves versions, optional dependencies and platforms as it does for users.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename } from 'node:path';

/**
 * Serves the result of `packAll`. Returns the registry's URL and a function that stops it.
 *
 * @param {{ name: string, tarball: string, manifest: object }[]} packed
 */
export async function startRegistry(packed) {
  const upstream = upstreamRegistry();
  const files = new Map();
  const documents = new Map();
  let url = '';
  for (const { name, tarball, manifest } of packed) {
    const bytes = await readFile(tarball);
    files.set(`/-/${basename(tarball)}`, bytes);
    const dist = {
      integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
      shasum: createHash('sha1').update(bytes).digest('hex'),
    };
    const path = `/-/${basename(tarball)}`;
    documents.set(`/${name}`, () => ({
      name,
      'dist-tags': { latest: manifest.version },
      versions: { [manifest.version]: { ...manifest, _id: `${name}@${manifest.version}`, dist: { ...dist, tarball: url + path } } },
    }));
  }
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://registry').pathname);
    const [file, document] = [files.get(path), documents.get(path)];
    if (file !== undefined) {
      response.end(file);
    } else if (document !== undefined) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(document()));
    } else {
      response.writeHead(302, { location: upstream + request.url.slice(1) });
      response.end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${server.address().port}`;
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `${url}/`, stop };
}

function upstreamRegistry() {
  const { stdout } = spawnSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8', shell: process.platform === 'win32' });
  return stdout.trim().endsWith('/') ? stdout.trim() : `${stdout.trim()}/`;
}
