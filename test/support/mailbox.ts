/** A mail server that keeps what it is given. */
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { Certificate } from './secure-certificates.ts';

export type Mail = { from: string; to: string[]; text: string; messageId: string; subject: string; secure: boolean; user: string | null };

export type Mailbox = {
  port: number;
  mails: Mail[];
  /** What the next mails are refused with: an SMTP code each. */
  next: number[];
  close(): Promise<void>;
};

const headerOf = (text: string, name: string): string =>
  new RegExp(`^${name}: ((?:.*\\r?\\n[ \\t])*.*)`, 'im').exec(text)?.[1]?.replace(/\r?\n[ \t]/g, '') ?? '';

const refusal = (code: number): Error => Object.assign(new Error(`a test wants ${code}`), { responseCode: code });

/** @param tls a certificate: STARTTLS is offered and signing in is a must, as ann with the password "secret" */
export async function openMailbox(tls?: Certificate): Promise<Mailbox> {
  const mails: Mail[] = [];
  const next: number[] = [];
  const secured: SMTPServerOptions =
    tls === undefined
      ? { disabledCommands: ['STARTTLS', 'AUTH'], authOptional: true }
      : {
          key: readFileSync(tls.keyFile),
          cert: readFileSync(tls.certificateFile),
          onAuth: ({ username, password }, _, done) =>
            username === 'ann' && password === 'secret' ? done(null, { user: username }) : done(new Error('wrong password')),
        };
  const server = new SMTPServer({
    ...secured,
    logger: false,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.once('end', () => {
        const code = next.shift();
        if (code !== undefined) return done(refusal(code));
        const text = Buffer.concat(chunks).toString();
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text,
          messageId: headerOf(text, 'Message-ID'),
          subject: headerOf(text, 'Subject'),
          secure: session.secure,
          user: session.user ?? null,
        });
        return done();
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    next,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
