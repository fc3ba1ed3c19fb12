/** Is the process alive, is it making progress, and its metrics. */

import type { RouteShorthandOptions } from 'fastify';
import { Type } from 'typebox';
import type { ApiDeps, App } from './deps.ts';
import type { Probe } from './probe.ts';

/** Orchestrators and scrapers ask often and have no token. */
const open: Pick<RouteShorthandOptions, 'config'> = { config: { role: 'open', rateLimit: false, cacheable: false } };

const Stage = Type.Object({ name: Type.String(), ready: Type.Boolean(), reasons: Type.Array(Type.String()) });
const Readiness = Type.Object({ ready: Type.Boolean(), stages: Type.Array(Stage) });

/** Only this machine can reach a loopback address, so what is served there to everyone stays here. */
export const isLoopback = (host: string): boolean => /^(127\.|localhost$|::1$)/.test(host);

/** `/health`: the process answers. `/ready`: it makes progress, else 503 with reasons. `/metrics`: open on loopback, else for any token. */
export function addHealthRoutes(app: App, deps: ApiDeps, probe: Probe, version: string): void {
  const metricsRole = isLoopback(deps.config.apiHost) ? 'open' : 'viewer';
  const tags = ['operation'];

  app.get(
    '/health',
    {
      ...open,
      schema: {
        tags,
        summary: 'Is the process alive?',
        security: [],
        response: { 200: Type.Object({ status: Type.Literal('ok'), version: Type.String() }) },
      },
    },
    async () => ({ status: 'ok' as const, version }),
  );

  app.get(
    '/ready',
    {
      ...open,
      schema: {
        tags,
        summary: 'Does it make progress? 503 says what is missing',
        security: [],
        response: { 200: Readiness, 503: Readiness },
      },
    },
    async (_, reply) => {
      const others = deps.stages().filter(({ name }) => name !== 'api');
      const stages = [{ name: 'api', ...(await probe.check()) }, ...others.map(({ name, health }) => ({ name, ...health }))];
      const ready = stages.every((stage) => stage.ready);
      return reply.status(ready ? 200 : 503).send({ ready, stages });
    },
  );

  app.get(
    '/metrics',
    {
      config: { ...open.config, role: metricsRole },
      schema: { tags, operationId: 'getPrometheusMetrics', summary: 'Metrics in the Prometheus text format', produces: ['text/plain'] },
    },
    async (_, reply) => {
      const { text, contentType } = await deps.metricsText();
      return reply.type(contentType).send(text);
    },
  );
}
