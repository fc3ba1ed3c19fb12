/** The OpenAPI 3.1 document, made from the route schemas, and a page that renders it. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { App } from './deps.ts';
import { finished } from './openapi-document.ts';

const description = `What each product feature is worth, what it costs, and how it performs.

Send \`Authorization: Bearer imp_…\` (make a token with \`impact tokens create\`). A token with a tenant sees that tenant's rows only.
Money in fields named \`…Usd\` is decimal text with six places, exact. Times are UTC. Errors are problem documents (RFC 9457) that name
every field at fault, what it held, and what would be right.`;

const tags = [
  { name: 'impact', description: 'Value, cost and ROI of a period' },
  { name: 'series', description: 'Metrics over time' },
  { name: 'alerts', description: 'What fired, and the rules behind it' },
  { name: 'flags', description: 'Feature flags: who gets which variant, how far each is rolled out' },
  { name: 'experiments', description: 'What rollouts have shown, and what to do about them' },
  { name: 'remote evaluation', description: 'OFREP, the OpenFeature remote evaluation protocol: flags for whoever has a provider for it' },
  { name: 'events', description: 'Sending events, and finding out what became of one' },
  { name: 'operation', description: 'Health, lag and metrics of the pipeline' },
];

/** The page loads from here alone. Swagger UI sets styles of elements, hence the inline ones. */
const pagePolicy =
  "default-src 'self'; img-src 'self' data:; font-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'";

/** The bar offers to explore other documents under somebody else's logo; this page is about one document, and it is ours. */
const theme = { title: 'impactstream API', css: [{ filename: 'theme.css', content: '.swagger-ui .topbar { display: none }' }] };

/** Registers the document at /openapi.json and the page at /docs. Before every route, for it collects them as they come. */
export function addOpenApi(app: App, version: string): void {
  app.register(swagger, {
    transformObject: (made) => ('openapiObject' in made ? finished(made.openapiObject) : made.swaggerObject),
    openapi: {
      openapi: '3.1.0',
      info: { title: 'impactstream', version, description, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: '/' }],
      tags,
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer' },
          apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'The same token' },
          ticket: { type: 'apiKey', in: 'query', name: 'ticket', description: 'Stands in the address of a change stream' },
        },
      },
      security: [{ token: [] }],
    },
  });
  app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: pagePolicy,
    theme,
    uiConfig: { docExpansion: 'list', deepLinking: true, tryItOutEnabled: true },
  });
}

/** The document itself needs no token: it holds no data. */
export function addDocumentRoute(app: App): void {
  app.get('/openapi.json', { config: { role: 'open' }, schema: { hide: true } }, async (_, reply) => {
    reply.type('application/json');
    return JSON.stringify(app.swagger());
  });
}
