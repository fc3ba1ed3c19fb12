/** What there is to ask about: tenants, features, metrics. */
import { Type } from 'typebox';
import { unitOf } from '../domain/series.ts';
import { featureRows, metricRows, tenantRows } from '../query/discovery.ts';
import { ask } from '../query/statement.ts';
import { requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { answers, TenantId } from './schemas.ts';

const span = { n: Type.Integer({ description: 'Measurements' }), firstDay: Type.String(), lastDay: Type.String() };
const querystring = Type.Object({ tenant: Type.Optional(TenantId) }, { additionalProperties: false });
const tags = ['series'];

export function addDiscoveryRoutes(app: App, { clickhouse }: ApiDeps): void {
  const Tenants = Type.Object({ tenants: Type.Array(Type.Object({ tenant: Type.String(), ...span })) });
  app.get(
    '/api/v1/tenants',
    { schema: { tags, summary: 'Tenants that have sent events', response: answers(Tenants) } },
    async (request) => ({
      tenants: await ask(clickhouse, tenantRows(requestScope(request))),
    }),
  );

  const Features = Type.Object({ features: Type.Array(Type.Object({ feature: Type.String(), ...span })) });
  app.get(
    '/api/v1/features',
    { schema: { tags, summary: 'Features that events were about', querystring, response: answers(Features) } },
    async (request) => ({ features: await ask(clickhouse, featureRows(requestScope(request, request.query.tenant))) }),
  );

  const Metrics = Type.Object({
    metrics: Type.Array(Type.Object({ feature: Type.String(), metric: Type.String(), unit: Type.String(), ...span })),
  });
  app.get(
    '/api/v1/metrics',
    { schema: { tags, summary: 'Metrics that were measured, by feature', querystring, response: answers(Metrics) } },
    async (request) => {
      const rows = await ask(clickhouse, metricRows(requestScope(request, request.query.tenant)));
      return { metrics: rows.map((row) => ({ ...row, unit: unitOf(row.metric, 'mean') })) };
    },
  );
}
