/** Settings of costs, and of the checklists that count from the day on which the product went live. */
import { dayOrEmpty, rates, text, yearlyAmounts } from './kinds.ts';

export const costSettings = {
  costsRecurring: yearlyAmounts(
    'COSTS_RECURRING',
    'infrastructure=24000,api=19200',
    'Recurring costs, estimated: they count on days without an actual or manual cost of their category; together $43.2K a year',
  ),
  costsRecurringFrom: dayOrEmpty(
    'COSTS_RECURRING_FROM',
    '',
    'First day with recurring costs; empty: the first day of which anything is stored',
  ),
  costsUsdRates: rates('COSTS_USD_RATES', '', 'What one unit of another currency is worth; costs in a currency without a rate are refused'),
  costsTagFeature: text('COSTS_TAG_FEATURE', 'feature', 'Tag of imported costs that names the feature; without it they are platform costs'),
  costsTagTenant: text('COSTS_TAG_TENANT', 'tenant', 'Tag of imported costs that names the tenant'),
  costsTagCategory: text('COSTS_TAG_CATEGORY', 'category', 'Tag of imported costs that names the category; without it the ServiceCategory'),
  costsSharedTenant: text('COSTS_SHARED_TENANT', 'shared', 'Tenant that cost events name when no tenant caused them'),
  kpiSince: dayOrEmpty(
    'KPI_SINCE',
    '',
    'Day on which the product went live, from which its checklists count; empty: the first day of which anything is stored',
  ),
} as const;
