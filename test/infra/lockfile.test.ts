import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

type Package = { version?: string; resolved?: string; optionalDependencies?: Record<string, string> };

const text = readFileSync(join(import.meta.dirname, '..', '..', 'package-lock.json'), 'utf8');
const packages = (JSON.parse(text) as { packages: Record<string, Package> }).packages;

// npm leaves a platform's package out when the registry at hand lacks it, and `npm ci` then refuses the lock file.
it('has an entry for every optional platform package', () => {
  const missing = Object.entries(packages).flatMap(([at, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !packages[`${at}/node_modules/${name}`] && !packages[`node_modules/${name}`]),
  );
  expect(missing).toEqual([]);
});

it('records no registry', () => {
  expect(Object.values(packages).filter((one) => one.resolved?.startsWith('http'))).toEqual([]);
});
