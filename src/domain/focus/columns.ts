/**
 * The columns of a FOCUS 1.2 cost and usage dataset (FinOps Open Cost and Usage Specification, focus.finops.org), as far as an import must
 * know them: which there are, and which hold amounts, moments or key-value pairs.
 */

/** Amounts and quantities: decimals. They measure a charge and do not identify it, so a corrected invoice changes them. */
export const focusAmounts = [
  'BilledCost',
  'EffectiveCost',
  'ListCost',
  'ContractedCost',
  'ListUnitPrice',
  'ContractedUnitPrice',
  'PricingQuantity',
  'ConsumedQuantity',
  'CommitmentDiscountQuantity',
  'PricingCurrencyContractedUnitPrice',
  'PricingCurrencyEffectiveCost',
  'PricingCurrencyListUnitPrice',
] as const;

/** Moments, RFC 3339. Starts are inclusive, ends exclusive. */
export const focusMoments = ['BillingPeriodStart', 'BillingPeriodEnd', 'ChargePeriodStart', 'ChargePeriodEnd'] as const;

/** JSON objects. */
const focusObjects = ['Tags', 'SkuPriceDetails'] as const;

const focusTexts = [
  'AvailabilityZone',
  'BillingAccountId',
  'BillingAccountName',
  'BillingAccountType',
  'BillingCurrency',
  'CapacityReservationId',
  'CapacityReservationStatus',
  'ChargeCategory',
  'ChargeClass',
  'ChargeDescription',
  'ChargeFrequency',
  'CommitmentDiscountCategory',
  'CommitmentDiscountId',
  'CommitmentDiscountName',
  'CommitmentDiscountStatus',
  'CommitmentDiscountType',
  'CommitmentDiscountUnit',
  'ConsumedUnit',
  'InvoiceId',
  'InvoiceIssuerName',
  'PricingCategory',
  'PricingCurrency',
  'PricingUnit',
  'ProviderName',
  'PublisherName',
  'RegionId',
  'RegionName',
  'ResourceId',
  'ResourceName',
  'ResourceType',
  'ServiceCategory',
  'ServiceName',
  'ServiceSubcategory',
  'SkuId',
  'SkuMeter',
  'SkuPriceId',
  'SubAccountId',
  'SubAccountName',
  'SubAccountType',
] as const;

const known: ReadonlySet<string> = new Set([...focusAmounts, ...focusMoments, ...focusObjects, ...focusTexts]);

/** Columns without which a row says neither how much, nor of what, nor when. EffectiveCost is what ROI divides by. */
export const focusRequired = [
  'EffectiveCost',
  'BillingCurrency',
  'ChargePeriodStart',
  'ChargePeriodEnd',
  'ChargeCategory',
  'ServiceName',
] as const;

export const chargeCategories = ['Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment'] as const;

/** A custom column of ours: US dollars for one unit of BillingCurrency. The specification reserves the prefix for such columns. */
export const RATE_COLUMN = 'x_UsdRate';

/** Whether a dataset may have the column: FOCUS's own, or a custom one. Anything else is a slip of the pen, and would be lost silently. */
export const isFocusColumn = (column: string): boolean => known.has(column) || /^x_\w/.test(column);
