/** The calculation's own books: value and cost of one feature of one tenant on one day. Any period is the sum of its cells, exactly. */

/** What adds up. Money is in integer millionths of a US dollar. */
export type RoiSums = {
  /** How often the feature was used. */
  usage: number;
  /** Measurements of the key metric, and their sum in its unit. */
  keyN: number;
  keySum: number;
  valueUsdMicros: number;
  /** How much of the value people entered by hand. */
  manualValueUsdMicros: number;
  directCostUsdMicros: number;
  /** The part in the shared costs of the tenant, and in those of all tenants. */
  sharedCostUsdMicros: number;
  commonCostUsdMicros: number;
  /** How often the effect of one unit is worth what it is worth: treated uses; for satisfaction, treated years of a tenant. */
  causalUnits: number;
};

/** `day` is "2026-01-11"; `tenantId` is empty for what no tenant has caused. */
export type RoiCell = RoiSums & { day: string; tenantId: string; featureId: string };

export const noSums: Readonly<RoiSums> = {
  usage: 0,
  keyN: 0,
  keySum: 0,
  valueUsdMicros: 0,
  manualValueUsdMicros: 0,
  directCostUsdMicros: 0,
  sharedCostUsdMicros: 0,
  commonCostUsdMicros: 0,
  causalUnits: 0,
};

/** The sums of both. */
export function addSums(a: RoiSums, b: RoiSums): RoiSums {
  return {
    usage: a.usage + b.usage,
    keyN: a.keyN + b.keyN,
    keySum: a.keySum + b.keySum,
    valueUsdMicros: a.valueUsdMicros + b.valueUsdMicros,
    manualValueUsdMicros: a.manualValueUsdMicros + b.manualValueUsdMicros,
    directCostUsdMicros: a.directCostUsdMicros + b.directCostUsdMicros,
    sharedCostUsdMicros: a.sharedCostUsdMicros + b.sharedCostUsdMicros,
    commonCostUsdMicros: a.commonCostUsdMicros + b.commonCostUsdMicros,
    causalUnits: a.causalUnits + b.causalUnits,
  };
}

export const totalOf = (parts: readonly RoiSums[]): RoiSums => parts.reduce(addSums, noSums);

export const costOf = (sums: RoiSums): number => sums.directCostUsdMicros + sums.sharedCostUsdMicros + sums.commonCostUsdMicros;

/** A tenant's own figures: what all tenants share is left out, for it would tell of the others. */
export const ownSums = (sums: RoiSums): RoiSums => ({ ...sums, commonCostUsdMicros: 0 });

const keyOf = ({ day, tenantId, featureId }: Pick<RoiCell, 'day' | 'tenantId' | 'featureId'>): string =>
  JSON.stringify([day, tenantId, featureId]);

/** One cell for each day, tenant and feature, in that order. */
export function mergeCells(cells: readonly RoiCell[]): RoiCell[] {
  const merged = new Map<string, RoiCell>();
  for (const cell of cells) {
    const known = merged.get(keyOf(cell));
    merged.set(keyOf(cell), known === undefined ? cell : { ...cell, ...addSums(known, cell) });
  }
  return [...merged.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
