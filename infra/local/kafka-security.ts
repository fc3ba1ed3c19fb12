/** A broker that serves nobody without TLS and a password. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exchange } from './exchange.ts';
import { port, type Security, type StackNode } from './layout.ts';

const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule';
const SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule';

function keyStoreFile(node: StackNode): string {
  return join(node.dataDir, 'keystore.pem');
}

/** Kafka reads key and certificate from one file. */
export function writeKeyStore(node: StackNode, { keyFile, certificateFile }: Security): void {
  writeFileSync(keyStoreFile(node), readFileSync(keyFile, 'utf8') + readFileSync(certificateFile, 'utf8'), { mode: 0o600 });
}

/** Arguments of the storage tool: passwords for SCRAM are part of the cluster's first records. */
export function scramUsers({ username, password }: Security): string[] {
  return ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${username},password=${password}]`]);
}

/**
 * CLIENT takes every mechanism. STRICT wants a certificate of the client as well, and knows only one mechanism.
 * The broker signs in to itself as everyone else does.
 */
export function secureListeners(node: StackNode, { username, password, caFile }: Security): string {
  const address = (name: string, role: string): string => `${name}://127.0.0.1:${port(node, role)}`;
  const clients = `${address('CLIENT', 'client')},${address('STRICT', 'strict')}`;
  const plain = `${PLAIN} required username="${username}" password="${password}" user_${username}="${password}";`;
  return `listeners=${clients},${address('CONTROLLER', 'controller')}
advertised.listeners=${clients}
inter.broker.listener.name=CLIENT
listener.security.protocol.map=CLIENT:SASL_SSL,STRICT:SASL_SSL,CONTROLLER:SASL_SSL
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.mechanism.controller.protocol=PLAIN
listener.name.client.plain.sasl.jaas.config=${plain}
listener.name.client.scram-sha-256.sasl.jaas.config=${SCRAM} required;
listener.name.client.scram-sha-512.sasl.jaas.config=${SCRAM} required;
listener.name.controller.plain.sasl.jaas.config=${plain}
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.strict.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.strict.scram-sha-512.sasl.jaas.config=${SCRAM} required;
listener.name.strict.ssl.client.auth=required
ssl.keystore.type=PEM
ssl.keystore.location=${keyStoreFile(node)}
ssl.truststore.type=PEM
ssl.truststore.location=${caFile}`;
}

/** Which versions of the protocol do you speak? A broker answers this much before anyone has signed in. */
export async function checkSecurely(node: StackNode, { caFile }: Security): Promise<string> {
  const request = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);
  const isWhole = (bytes: Buffer): boolean => bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0);
  await exchange(port(node, 'client'), request, isWhole, { caFile });
  return 'answers over TLS';
}
