/** Requests of the five services: latency, and whether they failed. */
import { PLATFORM } from '../event.ts';
import type { Body, Moment } from './observations.ts';
import { logNormal, quarters, type Random } from './random.ts';

type Service = { service: string; operation: string; featureId: string; source: string; medianMs: number; spread: number; share: number };

/** Shares add up to 1; medians lie below their targets. */
const services: readonly Service[] = [
  {
    service: 'websocket',
    operation: 'push',
    featureId: 'realtime_intelligence',
    source: 'gateway',
    medianMs: 31,
    spread: 0.22,
    share: 0.4,
  },
  {
    service: 'ml_inference',
    operation: 'score_lead',
    featureId: 'realtime_intelligence',
    source: 'scoring',
    medianMs: 25,
    spread: 0.18,
    share: 0.2,
  },
  {
    service: 'vision_analysis',
    operation: 'describe_photo',
    featureId: 'property_intelligence',
    source: 'vision',
    medianMs: 1_150,
    spread: 0.12,
    share: 0.1,
  },
  {
    service: 'coaching_analysis',
    operation: 'review_call',
    featureId: 'ai_coaching',
    source: 'coach',
    medianMs: 1_600,
    spread: 0.1,
    share: 0.05,
  },
  { service: 'api', operation: 'get', featureId: PLATFORM, source: 'web-app', medianMs: 42, spread: 0.35, share: 0.25 },
];

/** One request in 250 fails on an ordinary day. */
const USUAL_ERROR_SHARE = 0.004;

function pickService(random: Random): Service {
  let left = random.unit();
  for (const service of services) {
    left -= service.share;
    if (left < 0) return service;
  }
  return services[0] as Service;
}

/** One request; during an incident more of them fail, and the WebSocket is slow. */
export function request(moment: Moment): Body {
  const { random, incident } = moment;
  const { service, operation, featureId, source, medianMs, spread } = pickService(random);
  const slow = incident !== null && service === 'websocket';
  const ok = random.unit() >= (incident?.errorShare ?? USUAL_ERROR_SHARE);
  return {
    kind: 'request-telemetry',
    featureId,
    source,
    entityId: null,
    variant: null,
    service,
    operation,
    latencyMs: quarters(logNormal(random, slow ? incident.websocketLatencyMs : medianMs, spread)),
    ok,
    errorCode: ok ? null : incident ? 'upstream_timeout' : 'internal',
  };
}
