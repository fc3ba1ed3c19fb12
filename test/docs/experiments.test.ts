/** docs/experiments.md is executed: its example gives the answer that it shows, and its tables name what there is. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { computeText } from '../../src/cli/experiments.ts';
import type { CalculatorResult } from '../../src/domain/decision/calculator.ts';
import { expectClose } from '../support/golden-statistics.ts';

const page = readFileSync(new URL('../../docs/experiments.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

describe('docs/experiments.md', () => {
  it('shows an example and what comes of it', () => {
    const [asked, answered] = blocks as [string, string];
    const [found, told] = [computeText(asked), answered].map((text) => JSON.parse(text) as CalculatorResult) as [
      CalculatorResult,
      CalculatorResult,
    ];
    expect(Object.keys(found)).toEqual(Object.keys(told));
    expect([found.recommendation, found.reasons]).toEqual([told.recommendation, told.reasons]);
    const { recommendation: _action, reasons: _reasons, ...numbers } = told;
    expectClose(found, numbers, 'example', 1e-12);
  });

  it('lists the defaults as they are', () => {
    const said = { alpha: 0.05, policy: 'sequential', nStar: 5000, better: 'higher', weights: [1, 1], minimumUnits: 30 };
    for (const [field, value] of Object.entries(said)) {
      const shown = typeof value === 'number' ? String(value) : `\`${typeof value === 'string' ? value : '[1, 1]'}\``;
      expect(page, field).toContain(`| \`${field}\` | ${shown} |`);
    }
    const example = JSON.parse(blocks[0] ?? '') as object;
    expect(computeText(JSON.stringify({ ...example, ...said }))).toBe(computeText(JSON.stringify(example)));
  });
});
