/** Kinds of settings that say where a component is and whom to trust. Files are read here once, so that a wrong path is told at the start. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { refuse, setting } from './kinds.ts';

const urlOf = (protocols: string[]) => (text: string) => {
  const url = new URL(text);
  return protocols.includes(url.protocol) ? text : refuse();
};

/** A URL is logged and shown; and fetch takes none that holds a password. */
const httpUrl = (text: string): string => {
  const { username, password } = new URL(urlOf(['http:', 'https:'])(text));
  return username === '' && password === '' ? text : refuse('without user and password, which have settings of their own');
};

export const url = setting('a URL starting with http:// or https://', httpUrl);
export const urls = setting('URLs starting with http:// or https://, comma-separated', (value) =>
  value
    .split(',')
    .map((one) => httpUrl(one.trim()))
    .join(','),
);
export const anyUrl = setting('empty, or a URL starting with http:// or https://', (value) =>
  value === '' ? '' : urlOf(['http:', 'https:'])(value),
);

const hosts = (value: string): boolean => value.split(',').every((host) => URL.canParse(`http://${host}`));
export const redisUrl = setting('redis:// or rediss://, then host:port, perhaps more of them after commas, and /database', (value) => {
  const [, list = ''] = /^rediss?:\/\/(?:[^@/]*@)?([^@/?#\s]+)(?:\/\d{0,4})?$/.exec(value) ?? [];
  return list !== '' && hosts(list) ? value : refuse();
});

function fileText(path: string): string {
  if (path.includes('-----BEGIN')) return refuse('this is its content, not its path');
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return refuse(`this one cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

export const readableFile = setting('empty, or a file that can be read', (path) => {
  if (path !== '') fileText(path);
  return path;
});

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function readCertificates(path: string): X509Certificate[] {
  const blocks = fileText(path).match(block) ?? refuse('this one holds no certificate');
  try {
    return blocks.map((one) => new X509Certificate(one));
  } catch {
    return refuse('this one holds a broken certificate');
  }
}

function readKey(path: string) {
  try {
    return createPrivateKey(fileText(path));
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return refuse('this one holds no private key, or an encrypted one');
  }
}

export const certificates = setting('empty, or a PEM file with certificates', (path) => {
  if (path !== '') readCertificates(path);
  return path;
});
export const privateKey = setting('empty, or a PEM file with an unencrypted private key', (path) => {
  if (path !== '') readKey(path);
  return path;
});

/** Does the private key belong to the first certificate? Both files have been read before. */
export const keyBelongs = (certificateFile: string, keyFile: string): boolean =>
  readCertificates(certificateFile)[0]?.checkPrivateKey(readKey(keyFile)) === true;

/** Left out on purpose: `prefer` and `allow`, which go on in plain text when the server, or somebody before it, says so. */
const sslModes = ['disable', 'require', 'verify-ca', 'verify-full', 'no-verify'];

export const postgresUrl = setting('a URL starting with postgres:// or postgresql://', (value) => {
  const { searchParams } = new URL(urlOf(['postgres:', 'postgresql:'])(value));
  const mode = searchParams.get('sslmode');
  if (mode !== null && !sslModes.includes(mode)) refuse(`with sslmode one of ${sslModes.join(', ')}`);
  for (const file of [searchParams.get('sslrootcert'), searchParams.get('sslcert')]) if (file) readCertificates(file);
  const keyFile = searchParams.get('sslkey');
  if (keyFile) readKey(keyFile);
  return value;
});
