/** Starts the example. IMPACT_URL is the API, IMPACT_TOKEN an operator's token, PORT where to listen. */
import type { AddressInfo } from 'node:net';
import { createImpactClient } from 'impactstream/client';
import { collectorTransport } from 'impactstream/client/collector';
import { createFlagClient } from 'impactstream/client/flags';
import { apiFlags } from 'impactstream/client/flags-api';
import { buildServer } from './server.ts';
import { type Business, createService } from './service.ts';

const { IMPACT_URL: url = 'http://127.0.0.1:8000', IMPACT_TOKEN: token = '', PORT = '3000' } = process.env;

/** Stands for the real thing: a contact whose id ends in "-silent" is about to leave. */
const business: Business = {
  predictChurn: async (contactId) => (contactId.endsWith('-silent') ? 0.8 : 0.2),
  intervene: async (contactId, stage) => console.log(`intervention of stage ${stage} for ${contactId}`),
  processWithIntelligence: async (leadId) => `${leadId}, scored at once`,
  processAsBefore: async (leadId) => `${leadId}, put into the queue`,
};

// Each knows the other: whoever is given a variant is stated as exposed, and what they do carries the variant.
const impact = createImpactClient({
  source: 'contact-created',
  transport: collectorTransport({ url, token }),
  variants: () => flags,
  onDeliveryError: ({ reason, error, events }) => console.error(reason, error.message, events.length),
});
const flags = createFlagClient({ source: apiFlags({ url, token }), exposures: impact });

// Without flags every answer is "off", which is a safe one: the service starts whatever is down.
await flags.ready().catch((error: Error) => console.error(error.message));

const server = buildServer(createService(flags, impact, business));
server.listen(Number(PORT), '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`));

process.once('SIGTERM', () => {
  server.close(async () => {
    await impact.close();
    await flags.close();
  });
});
