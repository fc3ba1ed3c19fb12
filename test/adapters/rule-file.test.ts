import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultRulesFile, readRuleFile } from '../../src/adapters/rule-file.ts';
import { loadConfig } from '../../src/config.ts';
import { windowLengths } from '../../src/domain/window-choice.ts';
import { windowingOf } from '../../streams/window/settings.ts';

const fileOf = (text: string): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'rules-')), 'rules.yaml');
  writeFileSync(file, text);
  return file;
};
const minimal = 'rules: [{ id: x, title: X, metric: request_error, window: 7m, comparison: above, warning: 2 }]';

describe('a file of rules', () => {
  it('that comes with the product asks only for windows that are computed', () => {
    expect(readRuleFile(defaultRulesFile, windowLengths(loadConfig({})))).toHaveLength(10);
  });

  it('is refused whole, with every fault, when a rule is not valid', () => {
    expect(readRuleFile(fileOf(minimal))).toMatchObject([{ id: 'x', windowMs: 420_000 }]);
    expect(() => readRuleFile(fileOf(minimal), windowLengths(loadConfig({})))).toThrow(/rules that are not valid/);
    expect(() => readRuleFile(fileOf('rules: ['))).toThrow(/cannot be read as YAML/);
    expect(() => readRuleFile('/nowhere/rules.yaml')).toThrow(/cannot be read/);
  });
});

describe('the windows of the configuration', () => {
  it('are refused when a window is not a whole number of hops', () => {
    expect(windowingOf(loadConfig({})).windows).toHaveLength(2);
    expect(() => windowingOf(loadConfig({ WINDOW_SIZES: '5m/2m' }))).toThrow(/5m\/2m/);
  });
});
