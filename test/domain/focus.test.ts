import { describe, expect, it } from 'vitest';
import { chargesOfRows, focusRowsOfCsv, focusRowsOfJson } from '../../src/domain/focus/file.ts';
import type { FocusRow } from '../../src/domain/focus/reader.ts';
import { chargeOfRow } from '../../src/domain/focus/row.ts';
import { focusCsv, focusRow, focusRules } from '../support/focus.ts';

const charge = (changes: FocusRow = {}) => {
  const read = chargeOfRow(focusRow(changes), focusRules);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.charge;
};
const faults = (changes: FocusRow) => {
  const read = chargeOfRow(focusRow(changes), focusRules);
  return read.ok ? [] : read.problems;
};

describe('a row in FOCUS columns', () => {
  it('becomes a charge of its feature and tenant, by its EffectiveCost', () => {
    expect(charge()).toMatchObject({
      tenantId: 'acme',
      featureId: 'ai_coaching',
      category: 'ai_and_machine_learning',
      start: Date.UTC(2026, 0, 10),
      end: Date.UTC(2026, 0, 11),
      amountUsdMicros: 24_500_000,
      stated: { amount: '24.5', currency: 'USD', rate: '1' },
      dataset: 'Example Cloud|1234|2026-01-01T00:00:00Z',
      description: 'Example Cloud, Example Models, tokens, invoice INV-1',
    });
    expect(charge({ BilledCost: '0', EffectiveCost: '1.5' }).amountUsdMicros).toBe(1_500_000);
  });

  it('is shared and of the platform without tags; a tag names its category', () => {
    for (const Tags of ['', null, '{}', { other: 'x' }])
      expect(charge({ Tags })).toMatchObject({ tenantId: 'shared', featureId: 'platform', category: 'ai_and_machine_learning' });
    expect(charge({ Tags: { category: 'anthropic_api' } }).category).toBe('anthropic_api');
    expect(charge({ Tags: '', ServiceCategory: '' }).category).toBe('example_models');
    expect(charge({ Tags: '', ServiceCategory: '', ServiceName: '***' }).category).toBe('other');
  });

  it.each([
    ['-3.21', -3_210_000],
    ['0', 0],
    ['-0', 0],
    ['1e-6', 1],
    ['0.0000005', 0],
    ['0.0000015', 2],
    ['-0.0000015', -2],
    [0.1, 100_000],
    ['999999999.999999', 999_999_999_999_999],
  ])('of %s is %d millionths of a dollar, halves rounded to even', (EffectiveCost, micros) => {
    expect(Object.is(charge({ EffectiveCost }).amountUsdMicros, micros)).toBe(true);
  });

  it('in another currency is worth what its rate says: its own, else the configured one', () => {
    expect(charge({ BillingCurrency: 'EUR', EffectiveCost: '10' })).toMatchObject({
      amountUsdMicros: 10_800_000,
      stated: { amount: '10', currency: 'EUR', rate: '1.08' },
    });
    expect(charge({ BillingCurrency: 'EUR', EffectiveCost: '10', x_UsdRate: '1.1' }).amountUsdMicros).toBe(11_000_000);
    expect(charge({ BillingCurrency: 'JPY', EffectiveCost: '1000', x_UsdRate: '0.0067' }).amountUsdMicros).toBe(6_700_000);
  });

  it.each<[string, FocusRow, string]>([
    ['currency without a rate', { BillingCurrency: 'GBP' }, 'BillingCurrency'],
    ['word for a currency', { BillingCurrency: 'dollars' }, 'BillingCurrency'],
    ['rate of nothing', { BillingCurrency: 'GBP', x_UsdRate: '0' }, 'BillingCurrency'],
    ['amount that is no decimal', { EffectiveCost: '12,50' }, 'EffectiveCost'],
    ['amount beyond measure', { EffectiveCost: '1e12' }, 'EffectiveCost'],
    ['missing amount', { EffectiveCost: '' }, 'EffectiveCost'],
    ['list price that is no decimal', { ListCost: 'much' }, 'ListCost'],
    ['period that ends as it begins', { ChargePeriodEnd: '2026-01-10T00:00:00Z' }, 'ChargePeriodEnd'],
    ['period of two years', { ChargePeriodEnd: '2028-01-10T00:00:00Z' }, 'ChargePeriodEnd'],
    ['day for a moment', { ChargePeriodStart: '2026-01-10' }, 'ChargePeriodStart'],
    ['billing period that is no moment', { BillingPeriodEnd: 'January' }, 'BillingPeriodEnd'],
    ['kind of charge that there is not', { ChargeCategory: 'Gift' }, 'ChargeCategory'],
    ['class of charge that there is not', { ChargeClass: 'Mistake' }, 'ChargeClass'],
    ['missing service', { ServiceName: ' ' }, 'ServiceName'],
    ['tags that are no JSON', { Tags: 'feature=x' }, 'Tags'],
    ['tags that are a list', { Tags: '["x"]' }, 'Tags'],
    ['feature with capitals', { Tags: '{"feature":"AI Coaching"}' }, 'Tags'],
    ['tenant with a line break', { Tags: { tenant: 'a\nb' } }, 'Tags'],
    ['tenant that is half a character', { Tags: { tenant: 'a\ud83d' } }, 'Tags'],
    ['column that FOCUS has not', { Effectivecost: '1' }, 'Effectivecost'],
  ])('with a %s is refused, naming the column', (_, changes, column) => {
    const found = faults(changes);
    expect(found.map(({ field }) => field)).toEqual([column]);
    expect(found[0]?.expected).not.toBe('');
  });

  it('says only what can be stored and sent, however long and odd its texts are', () => {
    const { description, dataset } = charge({ ChargeDescription: `a\u0000\ud83d${'😀'.repeat(600)}`, ProviderName: 'x\u0000y' });
    expect([description.length <= 1024, /[\p{Cc}\p{Cs}]/u.test(description + dataset)]).toEqual([true, false]);
  });

  it('tells all of its faults at once', () => {
    expect(faults({ EffectiveCost: 'x', ChargeCategory: 'y', ChargePeriodStart: 'z' }).map(({ field }) => field)).toEqual([
      'ChargeCategory',
      'EffectiveCost',
      'ChargePeriodStart',
    ]);
  });

  it('is the same charge whatever it comes to, and in whatever order its columns and tags stand', () => {
    const { identity } = charge();
    const backwards = Object.fromEntries(Object.entries(focusRow({ Tags: '{"tenant":"acme","feature":"ai_coaching"}' })).reverse());
    const turned = chargeOfRow(backwards, focusRules);
    expect(turned.ok && turned.charge.identity).toBe(identity);
    expect(charge({ EffectiveCost: '1', BilledCost: '2', ListCost: '', x_Note: 'changed' }).identity).toBe(identity);
    expect(charge({ ResourceId: 'other' }).identity).not.toBe(identity);
    expect(charge({ Tags: '{"feature":"ai_coaching","tenant":"globex"}' }).identity).not.toBe(identity);
  });
});

describe('a dataset', () => {
  it('is read from CSV and from JSON alike', () => {
    const rows = [focusRow(), focusRow({ ResourceId: 'r2' })].map((row) => ({ ResourceId: '', ...row }));
    const [csv, json] = [focusRowsOfCsv(focusCsv(rows)), focusRowsOfJson(rows)].map((read) => chargesOfRows(read, focusRules));
    expect(csv?.problems).toEqual([]);
    expect(csv?.charges).toEqual(json?.charges);
    expect([csv?.places, json?.places]).toEqual([
      ['line 2', 'line 3'],
      ['rows.0', 'rows.1'],
    ]);
  });

  it('tells rows that differ in nothing but amounts apart by their order', () => {
    const { charges } = chargesOfRows(focusRowsOfJson([focusRow(), focusRow({ EffectiveCost: '1' }), focusRow()]), focusRules);
    expect(new Set(charges.map(({ identity }) => identity)).size).toBe(3);
  });

  it('names line and column of every fault, and lines are those of the file', () => {
    const rows = [focusRow({ ChargeDescription: 'two\nlines' }), focusRow({ EffectiveCost: 'x' }), focusRow({ BillingCurrency: 'GBP' })];
    const { problems } = chargesOfRows(focusRowsOfCsv(focusCsv(rows)), focusRules);
    expect(problems.map(({ field }) => field)).toEqual(['line 4, EffectiveCost', 'line 5, BillingCurrency']);
    expect(chargesOfRows(focusRowsOfJson([focusRow({ EffectiveCost: 'x' }), 7]), focusRules).problems.map(({ field }) => field)).toEqual([
      'rows.1',
      'rows.0.EffectiveCost',
    ]);
  });

  it('says what is wrong with its first line, once', () => {
    expect(focusRowsOfCsv('EffectiveCost,Colour,EffectiveCost\n1,2,3').problems).toMatchObject([
      { expected: 'a column BillingCurrency' },
      { expected: 'a column ChargePeriodStart' },
      { expected: 'a column ChargePeriodEnd' },
      { expected: 'a column ChargeCategory' },
      { expected: 'a column ServiceName' },
      { field: 'line 1', value: '"Colour"' },
      { expected: 'each column once' },
    ]);
    expect(focusRowsOfCsv('').problems).toMatchObject([{ field: 'line 1' }]);
    expect(focusRowsOfJson({}).problems).toMatchObject([{ field: 'rows' }]);
    expect(focusRowsOfCsv(`${focusCsv([focusRow()])}\n1,2`).problems).toMatchObject([{ field: 'line 3', value: '2 cells' }]);
  });
});
