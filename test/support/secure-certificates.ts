/** Certificates for one test: an authority made now, of which nothing is left afterwards. All files are PEM. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Certificate = { certificateFile: string; keyFile: string };
export type Authority = {
  caFile: string;
  /** A certificate for 127.0.0.1 and localhost, good for servers and clients alike. */
  issue(name: string): Certificate;
};

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });

/** A folder that another user's server, too, may enter: only keys are closed, by their own mode. The caller removes it. */
export const certificateFolder = (): string => mkdtempSync(join(tmpdir(), 'impact-certificates-'));

/** Signs for two days. @throws when `openssl` is not installed */
export function createAuthority(folder: string, name: string): Authority {
  const file = (kind: string): string => join(folder, `${name}${kind}`);
  const [caFile, caKeyFile] = [file('-ca.pem'), file('-ca.key')];
  openssl('req', '-x509', ...newKey, '-keyout', caKeyFile, '-out', caFile, '-subj', `/CN=${name} authority`, '-days', '2');
  writeFileSync(file('.ext'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  return {
    caFile,
    issue(subject) {
      const [keyFile, certificateFile, request] = [file(`-${subject}.key`), file(`-${subject}.pem`), file(`-${subject}.csr`)];
      openssl('req', ...newKey, '-keyout', keyFile, '-out', request, '-subj', `/CN=${subject}`);
      const signing = ['-CA', caFile, '-CAkey', caKeyFile, '-CAcreateserial', '-days', '2', '-extfile', file('.ext')];
      openssl('x509', '-req', '-in', request, '-out', certificateFile, ...signing);
      return { certificateFile, keyFile };
    },
  };
}
