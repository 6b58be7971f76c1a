// A forward proxy on loopback that replaces TikTok's hosts. It terminates TLS for them with a temporary certificate authority
// and forwards each request to the emulator. It rejects all other hosts, so no request of this suite can leave the machine.

import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';

export const TIKTOK_HOSTS = ['www.tiktok.com', 'open.tiktokapis.com', 'open-upload.tiktokapis.com'];

const DAY_MS = 86_400_000;

/** Returns an RSA key as PEM and as node-forge keys. */
function keyPair(forge) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return {
    pem: privateKey,
    public: forge.pki.publicKeyFromPem(publicKey),
    private: forge.pki.privateKeyFromPem(privateKey),
  };
}

function certificate(forge, { serial, subject, issuer, key, signer, extensions }) {
  const made = forge.pki.createCertificate();
  made.publicKey = key.public;
  made.serialNumber = serial;
  made.validity.notBefore = new Date(Date.now() - DAY_MS);
  made.validity.notAfter = new Date(Date.now() + DAY_MS);
  made.setSubject([{ name: 'commonName', value: subject }]);
  made.setIssuer([{ name: 'commonName', value: issuer }]);
  made.setExtensions(extensions);
  made.sign(signer.private, forge.md.sha256.create());
  return forge.pki.certificateToPem(made);
}

/** Creates a certificate authority that is valid for a day, and one certificate for all of TikTok's hosts. */
function certificates(forge) {
  const authority = keyPair(forge);
  const server = keyPair(forge);
  const issuer = 'toklink test authority';
  const ca = certificate(forge, {
    serial: '01',
    subject: issuer,
    issuer,
    key: authority,
    signer: authority,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      { name: 'subjectKeyIdentifier' },
    ],
  });
  const cert = certificate(forge, {
    serial: '02',
    subject: TIKTOK_HOSTS[0],
    issuer,
    key: server,
    signer: authority,
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: TIKTOK_HOSTS.map((value) => ({ type: 2, value })) },
    ],
  });
  return { ca, cert, key: server.pem };
}

function forwardTo(emulatorUrl) {
  const { hostname, port } = new URL(emulatorUrl);
  return (request, response) => {
    const onward = http.request(
      { hostname, port, method: request.method, path: request.url, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode, answer.rawHeaders);
        answer.pipe(response);
      },
    );
    onward.once('error', () => response.destroy());
    request.pipe(onward);
  };
}

const listen = (server) =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server.address().port));
  });

/**
 * Starts the gateway in front of the emulator at `emulatorUrl`, and writes the authority's certificate to `directory`. `forge`
 * is the node-forge module.
 */
export async function startGateway({ emulatorUrl, directory, forge }) {
  const { ca, cert, key } = certificates(forge);
  const caFile = join(directory, 'authority.pem');
  await mkdir(directory, { recursive: true });
  await writeFile(caFile, ca);

  const secure = https.createServer({ key, cert }, forwardTo(emulatorUrl));
  const tlsPort = await listen(secure);
  const refused = [];
  const proxy = http.createServer((_, response) => response.writeHead(403).end());
  proxy.on('connect', (request, socket) => {
    const [host, port] = request.url.split(':');
    if (port !== '443' || !TIKTOK_HOSTS.includes(host)) {
      refused.push(request.url);
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    secure.emit('connection', socket);
  });
  const proxyPort = await listen(proxy);
  return {
    caFile,
    tlsPort,
    proxyUrl: `http://127.0.0.1:${proxyPort}`,
    refused,
    stop() {
      for (const server of [proxy, secure]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}
