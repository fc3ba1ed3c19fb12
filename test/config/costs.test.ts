import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';

const faultOf = (env: string, value: string): unknown => {
  try {
    loadConfig({ [env]: value });
    return null;
  } catch (error) {
    return (error as { problems: { field: string }[] }).problems.map(({ field }) => field);
  }
};

describe('the settings of costs', () => {
  it('are yearly amounts by category, rates by currency, and days', () => {
    const config = loadConfig({
      COSTS_RECURRING: ' infrastructure = 24000 , api=19200.50 ',
      COSTS_USD_RATES: 'EUR=1.08,JPY=0.0067',
      COSTS_RECURRING_FROM: '2026-01-05',
      KPI_SINCE: '2026-01-05',
    });
    expect(config.costsRecurring).toEqual({ infrastructure: '24000', api: '19200.50' });
    expect(config.costsUsdRates).toEqual({ EUR: '1.08', JPY: '0.0067' });
    expect([config.costsRecurringFrom, config.kpiSince]).toEqual(['2026-01-05', '2026-01-05']);
  });

  it('may be none', () => {
    const { costsRecurring, costsUsdRates } = loadConfig({ COSTS_RECURRING: '', COSTS_USD_RATES: '' });
    expect([costsRecurring, costsUsdRates]).toEqual([{}, {}]);
  });

  it.each([
    ['COSTS_RECURRING', 'infrastructure=24000.123'],
    ['COSTS_RECURRING', 'infrastructure'],
    ['COSTS_RECURRING', 'Infra structure=1'],
    ['COSTS_USD_RATES', 'EUR=0'],
    ['COSTS_USD_RATES', 'euro=1.08'],
    ['COSTS_RECURRING_FROM', '2026-02-30'],
    ['KPI_SINCE', 'January'],
  ])('%s is refused as %s', (env, value) => {
    expect(faultOf(env, value)).toEqual([env]);
  });
});
