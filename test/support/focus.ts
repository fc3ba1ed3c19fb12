/** Rows of invoices in FOCUS columns. */
import type { FocusRow } from '../../src/domain/focus/reader.ts';

export const focusRules = {
  usdRates: { EUR: '1.08' },
  tags: { feature: 'feature', tenant: 'tenant', category: 'category' },
  sharedTenant: 'shared',
};

/** A day's use of a model, $24.50, for coaching at acme. */
export const focusRow = (changes: FocusRow = {}): FocusRow => ({
  ProviderName: 'Example Cloud',
  BillingAccountId: '1234',
  BillingPeriodStart: '2026-01-01T00:00:00Z',
  BillingPeriodEnd: '2026-02-01T00:00:00Z',
  InvoiceId: 'INV-1',
  ChargePeriodStart: '2026-01-10T00:00:00Z',
  ChargePeriodEnd: '2026-01-11T00:00:00Z',
  ChargeCategory: 'Usage',
  ChargeDescription: 'tokens',
  ServiceCategory: 'AI and Machine Learning',
  ServiceName: 'Example Models',
  BilledCost: '24.50',
  EffectiveCost: '24.50',
  ListCost: '30',
  BillingCurrency: 'USD',
  Tags: '{"feature":"ai_coaching","tenant":"acme"}',
  ...changes,
});

const cell = (value: unknown): string => `"${String(value ?? '').replaceAll('"', '""')}"`;

/** The rows as a CSV text; all of them have the columns of the first. */
export function focusCsv(rows: readonly FocusRow[]): string {
  const columns = Object.keys(rows[0] ?? {});
  return [columns.join(','), ...rows.map((row) => columns.map((column) => cell(row[column])).join(','))].join('\n');
}
