import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { classArchive } from './class-archives.ts';
import { httpText } from './exchange.ts';
import { type Component, cachedComponent, port, type StackNode } from './layout.ts';

/**
 * Apicurio Registry, which speaks Confluent's API. Its storage is an H2 database: in memory by default, here in a
 * file written through at once, so that schemas and their ids survive a restart and even SIGKILL.
 */
export const registry: Component = {
  name: 'registry',
  ports: { http: 18081 },
  clusterNodes: 1,
  stopSignal: 'SIGTERM',
  prepare: async (node) => void mkdirSync(node.dataDir, { recursive: true }),
  command: (node) => ({
    file: 'java',
    args: [
      '-Xmx256m',
      '-XX:TieredStopAtLevel=1',
      ...classArchive('registry'),
      '-Dquarkus.http.host=127.0.0.1',
      `-Dquarkus.http.port=${port(node, 'http')}`,
      '-jar',
      jarFile(),
    ],
    env: { REGISTRY_DATASOURCE_URL: `jdbc:h2:file:${join(node.dataDir, 'registry')};WRITE_DELAY=0` },
  }),
  check,
  endpoint: (nodes) => nodes.slice(0, 1).map(url).join(),
};

function jarFile(): string {
  const dir = cachedComponent('registry');
  const jar = readdirSync(dir).find((file) => file.endsWith('-runner.jar'));
  if (jar === undefined) throw new Error(`${dir} holds no -runner.jar: delete it and run \`npm run setup\``);
  return join(dir, jar);
}

function url(node: StackNode): string {
  return `http://127.0.0.1:${port(node, 'http')}/apis/ccompat/v7`;
}

async function check(node: StackNode): Promise<string> {
  const subjects: unknown = JSON.parse(await httpText(`${url(node)}/subjects`));
  if (!Array.isArray(subjects)) throw new Error('the list of subjects is not a list');
  return `lists ${subjects.length} subjects`;
}
