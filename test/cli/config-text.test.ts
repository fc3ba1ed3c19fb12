import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configText } from '../../src/cli/config-text.ts';

describe('the configuration file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'impact-config-'));
  const [one, other] = [join(folder, 'one.yaml'), join(folder, 'other.yaml')];
  beforeAll(() => {
    writeFileSync(one, 'one');
    writeFileSync(other, 'other');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is named in either way of writing an option, before the environment', () => {
    expect(configText(['run'], {})).toBe('');
    expect(configText(['run'], { IMPACT_CONFIG_FILE: one })).toBe('one');
    expect(configText(['--config', other, 'run'], { IMPACT_CONFIG_FILE: one })).toBe('other');
    expect(configText([`--config=${other}`, 'run'], { IMPACT_CONFIG_FILE: one })).toBe('other');
  });

  it('is named where it cannot be read', () => {
    expect(() => configText(['--config=/nowhere.yaml'], {})).toThrow('the configuration file /nowhere.yaml cannot be read');
  });
});
