/** What the product's documents project: conservative and optimistic, a year. Money is in integer millionths of a US dollar. */
import { type ValuedFeature, valuedFeatures } from '../event.ts';
import { roiPercent } from '../roi.ts';
import { annualTargetUsd } from '../target.ts';

/** US dollars a year. */
export type Range = { conservative: number; optimistic: number };
export type Projections = Record<ValuedFeature, Range>;

/** The documents disagree about Property Intelligence: one says the first, the other the second. */
const propertyRanges = ['75000-150000', '45000-60000'] as const;
export type PropertyRange = (typeof propertyRanges)[number];

function rangeOf(text: PropertyRange): Range {
  const [conservative = 0, optimistic = 0] = text.split('-').map(Number);
  return { conservative, optimistic };
}

export const projectionsOf = (property: PropertyRange): Projections => ({ ...annualTargetUsd, property_intelligence: rangeOf(property) });

const thousands = ({ conservative, optimistic }: Range): string => `$${conservative / 1000}K-${optimistic / 1000}K`;

/** Which of the two ranges is used, for every report to say. */
export function propertyNote(property: PropertyRange): string {
  const other = propertyRanges.find((one) => one !== property) ?? property;
  return `Property Intelligence is projected at ${thousands(rangeOf(property))} a year; the documents also say ${thousands(rangeOf(other))} (ROI_PROPERTY_PROJECTION).`;
}

/** Of the four features together. */
export function platformRange(projections: Projections): Range {
  const sum = (end: keyof Range): number => valuedFeatures.reduce((total, feature) => total + projections[feature][end], 0);
  return { conservative: sum('conservative'), optimistic: sum('optimistic') };
}

/** What the projection comes to in so many days, and the ROI that it would be at that cost. */
export type Projected = { valueUsdMicros: number; roiPercent: number | null };

/** A year of 365 days, as in the formulas. */
export function projectedFor(usdAYear: number, days: number, costUsdMicros: number): Projected {
  const valueUsdMicros = Math.round((usdAYear * 1e6 * days) / 365);
  return { valueUsdMicros, roiPercent: roiPercent(valueUsdMicros, costUsdMicros) };
}
