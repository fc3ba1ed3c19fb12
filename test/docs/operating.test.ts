import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { settings } from '../../src/config.ts';
import { deadLetterReasons } from '../../src/domain/event.ts';
import { stages } from '../../streams/topology.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const text = read('docs/operating.md');

/** The anchor that a heading gets: lower case, hyphens for spaces, nothing else but letters and digits. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
const anchorsOf = (markdown: string) => [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchor(heading));
const linksOf = (markdown: string) =>
  [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter((link) => !link.startsWith('http'));

const rules = (parse(read('infra/alerts/rules.yaml')) as { rules: { id: string; runbook: string }[] }).rules;

describe('docs/operating.md', () => {
  it.each(rules)('has the runbook of the rule $id', ({ runbook }) => {
    const [file = '', section = ''] = runbook.split('#');
    expect(anchorsOf(read(file))).toContain(section);
  });

  it('names every stage', () => {
    const rows = [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    for (const { name } of stages) expect(rows).toContain(name);
  });

  it('explains every reason of a dead letter', () => {
    for (const reason of deadLetterReasons) expect(text).toContain(`\`${reason}\``);
  });

  it('names only settings that exist', () => {
    const known = new Set(Object.values(settings).map(({ env }) => env));
    const named = [
      ...text.matchAll(/`((?:KAFKA|CLICKHOUSE|STORE|WINDOW|RETENTION|BREAKER|API|METRICS|DATABASE|REDIS|OTEL)_[A-Z_]+)(?:=[^`]*)?`/g),
    ].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(10);
    for (const name of named) expect(known, name).toContain(name);
  });
});

describe.each(['docs/operating.md', 'docs/grafana.md', 'docs/tracing.md', 'CONTRIBUTING.md'])('the links of %s', (file) => {
  it('lead somewhere', () => {
    for (const link of linksOf(read(file))) {
      const [path = '', section] = link.split('#');
      const target = path === '' ? new URL(file, root) : new URL(path, new URL(file, root));
      expect(existsSync(target), link).toBe(true);
      if (section) expect(anchorsOf(readFileSync(target, 'utf8')), link).toContain(section);
    }
  });
});
