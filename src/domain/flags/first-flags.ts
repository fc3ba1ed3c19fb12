/** The product's own four features as flags, off at first, with the limits that its guide gives them. */
import type { ValuedFeature } from '../event.ts';
import { annualTargetUsd } from '../target.ts';
import type { FlagDefinition } from './flag.ts';
import { parseDefinition } from './parse.ts';

type Feature = { id: ValuedFeature; name: string; description: string; errorRateThresholdPercent?: number; latencyThresholdMs?: number };

const features: Feature[] = [
  {
    id: 'realtime_intelligence',
    name: 'Real-Time Intelligence',
    description: 'Leads are scored and answered within seconds',
    latencyThresholdMs: 100,
  },
  { id: 'property_intelligence', name: 'Property Intelligence', description: 'Properties are matched to what buyers like' },
  {
    id: 'churn_prevention',
    name: 'Churn Prevention',
    description: 'Customers about to leave are found, and kept in three stages',
    errorRateThresholdPercent: 3,
  },
  { id: 'ai_coaching', name: 'AI Coaching', description: 'Agents are trained in half the time' },
];

function definitionOf(feature: Feature): FlagDefinition {
  // The lower end of the range: a feature that reaches it has kept what was promised.
  const parsed = parseDefinition({ ...feature, roiTargetUsd: annualTargetUsd[feature.id].conservative, owner: 'product' });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.definition;
}

export const firstFlags: readonly FlagDefinition[] = features.map(definitionOf);
