/** The import arrows of the README, enforced: what may import what, one importer for each client library, no cycles, no barrels. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Type-only imports are kept apart: they bind no code, so some arrows allow them where a real import is refused. */
type Import = { from: string; to: string; typeOnly: boolean };

const sources = ['src', 'streams', 'infra']
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)))
  .filter((file) => /\.tsx?$/.test(file));

const importLine = /^(import|export)\s+(type\s)?[^'";]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(importLine)].map((match) => {
    const target = match[3] ?? match[4] ?? match[5] ?? '';
    const to = target.startsWith('.') ? relative(root, join(root, dirname(file), target)) : target;
    return { from: file, to, typeOnly: match[2] !== undefined };
  });
}

const imports = sources.flatMap(importsOf);
const inside = imports.filter(({ to }) => /^(src|streams|infra|schemas)\//.test(to));

/** First match wins. Each row: files, what they may import as code, what they may import as types only besides. */
const arrows: [files: RegExp, code: RegExp, types: RegExp][] = [
  [/^src\/domain\//, /^src\/domain\//, /^$/],
  [/^src\/query\//, /^src\/(domain|query)\//, /^$/],
  [/^src\/config(\/[\w-]+)?\.ts$/, /^src\/(domain\/errors|config\/[\w-]+)\.ts$/, /^src\/config\.ts$/],
  [/^streams\//, /^(src\/(domain|query|runtime)\/|streams\/)/, /^src\/config\.ts$/],
  [/^src\/runtime\//, /^src\/(domain|query|runtime)\//, /^src\/config\.ts$/],
  [/^src\/adapters\/kafka\//, /^src\/(domain\/|runtime\/|adapters\/(kafka\/|registry))/, /^src\/config\.ts$/],
  [/^src\/adapters\/registry/, /^src\/(domain\/|runtime\/|adapters\/registry\/)/, /^src\/config\.ts$/],
  [/^src\/adapters\//, /^src\/(domain|runtime)\//, /^src\/(config\.ts$|query\/)/],
  [/^src\/api\//, /^src\/(domain|query|api)\//, /^src\/(config\.ts$|runtime\/|adapters\/)/],
  [
    /^src\/cli\//,
    /^(src\/(domain|query|cli)\/|src\/(config|main(\/[\w-]+)?)\.ts$|infra\/stack\.ts$|streams\/(topology|replay)\.ts$)/,
    /^src\/(runtime|adapters)\//,
  ],
  [/^src\/web\//, /^src\/web\//, /^src\/api\//],
  [/^src\/client\//, /^src\/(domain|client)\//, /^$/],
  [/^infra\//, /^infra\//, /^$/],
  [/^src\/main(\/[\w-]+)?\.ts$/, /./, /./],
];

const clientLibraries: Record<string, RegExp> = {
  kafkajs: /^src\/(adapters\/kafka\/|client\/kafka)/,
  '@kafkajs/confluent-schema-registry': /^src\/(adapters\/registry|client\/)/,
  avsc: /^src\/(adapters\/(registry|avro)|client\/)/,
  '@clickhouse/client': /^src\/adapters\/clickhouse/,
  pg: /^src\/adapters\/postgres\.ts$/,
  ioredis: /^src\/client\/redis\.ts$/,
  '@openfeature/server-sdk': /^src\/client\/openfeature\.ts$/,
  nodemailer: /^src\/adapters\/mail\.ts$/,
  pino: /^src\/adapters\/log\.ts$/,
  'prom-client': /^src\/adapters\/metrics\.ts$/,
  '@opentelemetry/api': /^src\/(adapters\/tracing|client\/trace)\.ts$/,
  '@opentelemetry/exporter-trace-otlp-http': /^src\/adapters\/tracing\.ts$/,
  '@opentelemetry/resources': /^src\/adapters\/tracing\.ts$/,
  '@opentelemetry/sdk-trace': /^src\/adapters\/tracing\.ts$/,
  fastify: /^src\/api\//,
  commander: /^src\/cli\//,
};

function allowed({ from, to, typeOnly }: Import): boolean {
  const row = arrows.find(([files]) => files.test(from));
  return row !== undefined && (row[1].test(to) || (typeOnly && row[2].test(to)));
}

/** Files that can reach themselves, by depth-first search with each file visited once a start. */
function cycles(): string[] {
  const graph = new Map(sources.map((file) => [file, inside.filter((i) => i.from === file && !i.typeOnly).map((i) => i.to)]));
  const reaches = (start: string): boolean => {
    const seen = new Set<string>();
    const stack = [...(graph.get(start) ?? [])];
    for (let file = stack.pop(); file !== undefined; file = stack.pop()) {
      if (file === start) return true;
      if (!seen.has(file)) stack.push(...(graph.get(file) ?? []));
      seen.add(file);
    }
    return false;
  };
  return sources.filter(reaches);
}

describe('the architecture', () => {
  it('sees the sources it is to judge', () => {
    expect(sources.length).toBeGreaterThan(10);
    expect(inside.length).toBeGreaterThan(10);
  });

  it('has only the allowed import arrows', () => {
    expect(inside.filter((one) => !allowed(one)).map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('keeps the domain free of node, client libraries, the clock, chance and the environment', () => {
    const foreign = imports.filter(
      ({ from, to }) =>
        from.startsWith('src/domain/') && !to.startsWith('src/domain/') && !['decimal.js', 'jstat', 'json-logic-engine'].includes(to),
    );
    expect(foreign.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
    const impure = sources.filter(
      (file) =>
        file.startsWith('src/domain/') &&
        /\bDate\.now\(|\bnew Date\(\)|Math\.random\(|process\.|\basync\b|\bawait\b/.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(impure).toEqual([]);
  });

  it('has one importer for each client library', () => {
    const strays = imports.filter(({ from, to }) => clientLibraries[to] !== undefined && !clientLibraries[to]?.test(from));
    expect(strays.filter(({ typeOnly }) => !typeOnly).map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('has no import cycle', () => {
    expect(cycles()).toEqual([]);
  });

  it('has no barrel and no catch-all file', () => {
    const barrels = sources.filter((file) => /(^|\/)(index|lib|utils?|helpers?|common)\.tsx?$/.test(file));
    expect(barrels).toEqual([]);
    const reexports = sources.filter((file) => /^export\s+(\*|\{[^}]*\})\s+from/m.test(readFileSync(join(root, file), 'utf8')));
    expect(reexports).toEqual([]);
  });
});
