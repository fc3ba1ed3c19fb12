/** Peer: unleash-client with a bootstrapped toggle, without metrics and without a server. */
import { once } from 'node:events';
import { InMemStorageProvider, Unleash } from 'unleash-client';
import { FEATURE, type FlagPeer, TENANT } from './flag-peer.ts';

const toggle = {
  name: FEATURE,
  type: 'release',
  enabled: true,
  project: 'default',
  stale: false,
  impressionData: false,
  strategies: [
    { name: 'flexibleRollout', parameters: { rollout: '25', stickiness: 'userId', groupId: FEATURE }, constraints: [], segments: [] },
  ],
  variants: [],
};

/** The contexts are made beforehand: only the question is measured. */
export async function openUnleash(users: readonly string[]): Promise<FlagPeer> {
  const unleash = new Unleash({
    appName: 'bench',
    url: 'http://127.0.0.1:9/api',
    refreshInterval: 0,
    disableMetrics: true,
    bootstrap: { data: [toggle] as never },
    storageProvider: new InMemStorageProvider(),
  });
  unleash.on('error', () => {});
  unleash.on('warn', () => {});
  if (unleash.getFeatureToggleDefinition(FEATURE) === undefined) await once(unleash, 'ready');
  const contexts = users.map((userId) => ({ userId, properties: { tenantId: TENANT } }));
  return {
    name: 'unleash-client 6.12.1',
    ask: (user) => unleash.isEnabled(FEATURE, contexts[user]),
  };
}
