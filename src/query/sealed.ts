/**
 * Secrets that have to be sent or signed with, at rest: AES-256-GCM under a key of the configuration, bound to what they belong to, so that a
 * row copied elsewhere does not open. Without a key they are kept as they are.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { ImpactError } from '../domain/errors.ts';

/** 32 bytes in base64 each: the first seals, every one opens. */
export type Keys = readonly string[];

const MARK = 'sealed:1:';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const bytesOf = (key: string): Buffer => Buffer.from(key, 'base64');
/** Tells keys apart without giving them away. */
const nameOf = (key: string): string => createHash('sha256').update(bytesOf(key)).digest('hex').slice(0, 8);

export const isSealed = (text: string): boolean => text.startsWith(MARK);

/** Whether it is as it would be kept now. */
export const isCurrent = ([key]: Keys, text: string): boolean => (key === undefined ? true : text.startsWith(`${MARK}${nameOf(key)}:`));

/** @param about what it belongs to; needed to open it */
export function seal([key]: Keys, text: string, about: string): string {
  if (key === undefined) return text;
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', bytesOf(key), nonce).setAAD(Buffer.from(about));
  const content = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return `${MARK}${nameOf(key)}:${Buffer.concat([nonce, cipher.getAuthTag(), content]).toString('base64url')}`;
}

/** @throws ImpactError `bad_configuration` when no key opens it */
export function unseal(keys: Keys, text: string, about: string): string {
  if (!isSealed(text)) return text;
  const [name = '', content = ''] = text.slice(MARK.length).split(':');
  const key = keys.find((one) => nameOf(one) === name);
  if (key === undefined)
    throw new ImpactError('bad_configuration', `a secret was sealed with the key ${name}, which is not among those of SECRETS_KEY`);
  const bytes = Buffer.from(content, 'base64url');
  try {
    const decipher = createDecipheriv('aes-256-gcm', bytesOf(key), bytes.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(about));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new ImpactError('bad_configuration', `a sealed secret of ${about} is damaged, or belongs to something else`, { cause });
  }
}
