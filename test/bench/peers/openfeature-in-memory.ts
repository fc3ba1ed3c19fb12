/** Peer: OpenFeature's in-memory provider, asked without the SDK's client around it, which would only make it slower. */
import { type EvaluationContext, InMemoryProvider } from '@openfeature/server-sdk';
import { FEATURE, type FlagPeer, TENANT } from './flag-peer.ts';

/** It has no percentages: a service that uses it writes its own. This is the cheapest that is uniform enough. */
function inQuarter(text: string): boolean {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % 10_000 < 2_500;
}

const flag = {
  disabled: false,
  variants: { on: true, off: false },
  defaultVariant: 'off',
  contextEvaluator: ({ targetingKey = '' }: EvaluationContext) => (inQuarter(FEATURE + targetingKey) ? ('on' as const) : ('off' as const)),
};

/** The contexts are made beforehand: only the question is measured. */
export function openInMemory(users: readonly string[]): FlagPeer {
  const provider = new InMemoryProvider({ [FEATURE]: flag });
  const contexts = users.map((targetingKey) => ({ targetingKey, tenantId: TENANT }));
  return {
    name: 'OpenFeature in-memory provider 1.23.0',
    ask: (user) => provider.resolveBooleanEvaluation(FEATURE, false, contexts[user]),
  };
}
