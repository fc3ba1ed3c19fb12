/** Every request counted, timed and logged, by its route and never by its address, which has ids in it. */
import type { FastifyInstance } from 'fastify';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';

/** Good answers are logged at debug, the caller's faults at info; our own are logged where they become problems. */
export function observeRequests(app: FastifyInstance, log: Log, metrics: Metrics): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? '(none)';
    const labels = { method: request.method, route, status: String(reply.statusCode) };
    metrics.count('impact_api_requests_total', labels);
    metrics.observe('impact_api_request_seconds', reply.elapsedTime / 1000, { route });
    const line = { ...labels, requestId: request.id, tokenId: request.auth?.tokenId, latencyMs: Math.round(reply.elapsedTime) };
    if (reply.statusCode < 400) log.debug(line, 'answered');
    else log.info(line, 'refused');
  });
}
