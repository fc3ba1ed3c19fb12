/** The whole API as one application that never listens: hooks first, in the order in which a request meets them, then the routes. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { fastify } from 'fastify';
import manifest from '../../package.json' with { type: 'json' };
import { ImpactError } from '../domain/errors.ts';
import { addAcknowledgeRoute } from './acknowledge.ts';
import { addAlertRoutes } from './alerts.ts';
import { createTokenCheck, guardRoutes } from './auth.ts';
import { addBusinessImpactRoutes } from './business-impact.ts';
import { registerCollector } from './collect.ts';
import { addCostRoutes } from './costs.ts';
import { addDeliveryRoutes } from './deliveries.ts';
import type { ApiDeps, App } from './deps.ts';
import { addDiscoveryRoutes } from './discovery.ts';
import { addEtags } from './etag.ts';
import { addExperimentRoutes } from './experiments.ts';
import { addFlagChangeRoutes } from './flags/changes.ts';
import { addFlagRoutes } from './flags.ts';
import { addForecastRoutes } from './forecast.ts';
import { addHealthRoutes } from './health.ts';
import { addIdempotency } from './idempotency.ts';
import { addKpiRoutes } from './kpis.ts';
import { addLagRoutes } from './lag.ts';
import { addLineageRoutes } from './lineage.ts';
import { observeRequests } from './observe.ts';
import { addOfrepRoutes } from './ofrep.ts';
import { addOfrepStream } from './ofrep-stream.ts';
import { addDocumentRoute, addOpenApi } from './openapi.ts';
import { addPerformanceRoutes } from './performance.ts';
import { createProbe, type Probe } from './probe.ts';
import { answerProblem } from './problem.ts';
import { addReportRoutes } from './reports.ts';
import { addRoiRoutes } from './roi.ts';
import { addRolloutRoutes } from './rollouts.ts';
import { addRuleRoutes } from './rules.ts';
import { addSafetyHeaders, limitRates, requestIdOf } from './safety.ts';
import { addSeriesRoutes } from './series.ts';
import { shielded } from './shield.ts';
import { addSilenceRoutes } from './silences.ts';
import { closeSilentConnections } from './silent.ts';
import { addTargetRoutes } from './targets.ts';
import { traceRequests } from './trace.ts';
import { addTrackRoutes } from './track.ts';
import { addWeb } from './web.ts';
import { addWebhookRoutes } from './webhooks.ts';

const BODY_LIMIT_BYTES = 1_048_576;

/** Every fault at once, nothing dropped silently: an unknown parameter is a fault, not something to ignore. */
const ajv = {
  customOptions: { allErrors: true, verbose: true, removeAdditional: false, coerceTypes: 'array', useDefaults: true },
} as const;

function bareApp(): App {
  return fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    genReqId: (request) => requestIdOf(request.headers),
    routerOptions: { maxParamLength: 512 },
    forceCloseConnections: 'idle',
    ajv,
  }).withTypeProvider<TypeBoxTypeProvider>();
}

function addRoutes(app: App, deps: ApiDeps, probe: Probe): void {
  addDocumentRoute(app);
  addHealthRoutes(app, deps, probe, manifest.version);
  addBusinessImpactRoutes(app, deps);
  addRoiRoutes(app, deps);
  addSeriesRoutes(app, deps);
  addPerformanceRoutes(app, deps);
  addDiscoveryRoutes(app, deps);
  addAlertRoutes(app, deps);
  addAcknowledgeRoute(app, deps);
  addSilenceRoutes(app, deps);
  addWebhookRoutes(app, deps);
  addDeliveryRoutes(app, deps);
  addRuleRoutes(app, deps);
  addFlagRoutes(app, deps);
  addFlagChangeRoutes(app, deps);
  addRolloutRoutes(app, deps);
  addOfrepRoutes(app, deps);
  addOfrepStream(app, deps);
  addExperimentRoutes(app, deps);
  addLineageRoutes(app, deps);
  addLagRoutes(app, deps);
  registerCollector(app, deps);
  addTrackRoutes(app, deps);
  addCostRoutes(app, deps);
  addTargetRoutes(app, deps);
  addForecastRoutes(app, deps);
  addKpiRoutes(app, deps);
  addReportRoutes(app, deps);
  addWeb(app, deps);
}

/**
 * @returns the application; `inject` it, or listen with `listen.ts`
 */
export function build(deps: ApiDeps, probe: Probe = createProbe(deps)): App {
  const app = bareApp();
  // Fastify takes it by itself; nothing here does.
  app.removeContentTypeParser('text/plain');
  const check = createTokenCheck(deps.postgres, deps.now);
  app.setErrorHandler(answerProblem(deps.log));
  app.setNotFoundHandler((request) => {
    throw new ImpactError('not_found', `no route for ${request.method} ${request.url.split('?', 1)[0]}; /openapi.json lists them`);
  });
  if (deps.tracer) traceRequests(app, deps.tracer);
  observeRequests(app, deps.log, deps.metrics);
  addEtags(app);
  addSafetyHeaders(app);
  closeSilentConnections(app);
  limitRates(app, check, deps.config.apiRateLimitPerMinute);
  addOpenApi(app, manifest.version);
  // Plugins load in the order of their registration: what collects or limits routes has to be there before the first of them.
  app.register(async (routes: App) => {
    guardRoutes(routes, check);
    addIdempotency(routes, deps);
    addRoutes(routes, { ...deps, clickhouse: shielded(deps.clickhouse) }, probe);
  });
  return app;
}
