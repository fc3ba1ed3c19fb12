/** Mail over SMTP. */
import { createHash } from 'node:crypto';
import { createTransport, type SendMailOptions } from 'nodemailer';
import type { MailPayload } from '../domain/notify/payload.ts';
import type { Outcome } from '../domain/notify/send.ts';

/** `tls`: auto is implicit TLS on port 465; elsewhere STARTTLS, which is a must where there is a password. `ca`: PEM, undefined: the public ones. */
export type MailSettings = {
  server: string;
  port: number;
  tls: 'auto' | 'implicit' | 'starttls' | 'none';
  user: string;
  password: string;
  from: string;
  ca: string | undefined;
  timeoutMs: number;
};

/** The same for the same message: a mail program, or a server, can tell that it has it. */
export function messageIdOf(key: string, from: string): string {
  const domain = /@([\w.-]+)/.exec(from)?.[1] ?? 'impactstream.local';
  return `<${createHash('sha256').update(key).digest('hex').slice(0, 40)}@${domain}>`;
}

function optionsOf(key: string, { to, subject, text, html, attachments }: MailPayload, from: string): SendMailOptions {
  return {
    from,
    to: [...to],
    subject,
    text,
    ...(html === undefined ? {} : { html }),
    messageId: messageIdOf(key, from),
    headers: { 'Auto-Submitted': 'auto-generated' },
    attachments: (attachments ?? []).map(({ filename, contentType, contentBase64, cid }) => ({
      filename,
      contentType,
      content: Buffer.from(contentBase64, 'base64'),
      ...(cid === undefined ? {} : { cid, contentDisposition: 'inline' as const }),
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

type SmtpError = Error & { responseCode?: number; code?: string };

/** What a server says with 5xx of this mail or its recipients is for good; anything about the connection can be mended. */
function failure(thrown: unknown): Outcome {
  const { message, responseCode = null, code } = thrown as SmtpError;
  const lasting = responseCode !== null && responseCode >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE');
  return { kind: lasting ? 'refused' : 'retry', status: responseCode, error: message };
}

function transportOf({ server, port, tls, user, password, ca, timeoutMs }: MailSettings) {
  const secure = tls === 'implicit' || (tls === 'auto' && port === 465);
  return createTransport({
    host: server,
    port,
    secure,
    ignoreTLS: tls === 'none',
    requireTLS: !secure && (tls === 'starttls' || (tls === 'auto' && password !== '')),
    ...(user === '' ? {} : { auth: { user, pass: password } }),
    tls: { ...(ca === undefined ? {} : { ca }), minVersion: 'TLSv1.2' },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
  });
}

/** @returns a function that sends one mail; `key` tells it from all others */
export function createMail(settings: MailSettings) {
  if (settings.server === '') return async (): Promise<Outcome> => ({ kind: 'skipped', error: 'SMTP_SERVER is not set' });
  const transport = transportOf(settings);
  return async (key: string, payload: MailPayload): Promise<Outcome> => {
    try {
      const { rejected } = await transport.sendMail(optionsOf(key, payload, settings.from));
      return { kind: 'sent', status: 250, ...(rejected.length === 0 ? {} : { receipt: { rejected: rejected.map(String) } }) };
    } catch (error) {
      return failure(error);
    }
  };
}
