/** Peer: the GrowthBook SDK's client for servers, with a payload given at its start. */
import { GrowthBookClient } from '@growthbook/growthbook';
import { FEATURE, type FlagPeer, TENANT } from './flag-peer.ts';

const features = {
  [FEATURE]: { defaultValue: false, rules: [{ force: true, coverage: 0.25, hashAttribute: 'id', hashVersion: 2, seed: FEATURE }] },
};

/** The contexts are made beforehand: only the question is measured. */
export function openGrowthBook(users: readonly string[]): FlagPeer {
  const client = new GrowthBookClient().initSync({ payload: { features } });
  const contexts = users.map((id) => ({ attributes: { id, tenantId: TENANT } }));
  return {
    name: 'GrowthBook SDK 1.8.0',
    ask: (user) => client.isOn(FEATURE, contexts[user] ?? {}),
  };
}
