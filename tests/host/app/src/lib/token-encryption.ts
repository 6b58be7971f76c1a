import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const FORMAT = /^[0-9a-f]{32}:[0-9a-f]{32}:[0-9a-f]+$/;

function key(): Buffer | null {
  const hex = process.env['TOKEN_ENCRYPTION_KEY'];
  return hex ? Buffer.from(hex, 'hex') : null;
}

/** Returns `ivHex:authTagHex:cipherHex`, or the unchanged text if no key is set. */
export function safeEncryptToken(text: string): string {
  const secret = key();
  if (secret === null) return text;
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-gcm', secret, iv);
  const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return [iv, cipher.getAuthTag(), encrypted].map((part) => part.toString('hex')).join(':');
}

/** Decrypts the token of a column. Returns a value in another format unchanged. */
export function safeDecryptToken(value: string): string {
  const secret = key();
  if (secret === null || !FORMAT.test(value)) return value;
  const [iv, tag, encrypted] = value.split(':').map((part) => Buffer.from(part, 'hex'));
  try {
    const decipher = createDecipheriv('aes-256-gcm', secret, iv ?? Buffer.alloc(16)).setAuthTag(tag ?? Buffer.alloc(16));
    return Buffer.concat([decipher.update(encrypted ?? Buffer.alloc(0)), decipher.final()]).toString('utf8');
  } catch {
    return value;
  }
}
