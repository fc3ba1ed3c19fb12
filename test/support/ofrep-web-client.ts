/**
 * A program that holds flags as a browser does: OpenFeature's web SDK with its provider for OFREP. Prints each state that it has, as a line.
 * Run with `--experimental-eventsource`. Arguments: address of the API, token.
 */
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
import { OpenFeature, type Provider, ProviderEvents } from '@openfeature/web-sdk';

const [baseUrl = '', token = ''] = process.argv.slice(2);
const client = OpenFeature.getClient();
const print = (): void => {
  const { value, variant, reason } = client.getBooleanDetails('my_feature', false);
  console.log(JSON.stringify([value, variant ?? null, reason ?? null]));
};
client.addHandler(ProviderEvents.ConfigurationChanged, print);
await OpenFeature.setContext({ targetingKey: 'user_1', tenantId: 'acme' });
const provider = new OFREPWebProvider({ baseUrl, pollInterval: 0, headers: [['X-API-Key', token]] });
// Its types are not made for exact optional properties.
await OpenFeature.setProviderAndWait(provider as unknown as Provider);
print();
process.stdin.once('end', () => process.exit(0)).resume();
