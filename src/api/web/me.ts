/** GET /api/v1/me: who holds this token, and what an interface needs to know of the installation. */
import { type Static, Type } from 'typebox';
import manifest from '../../../package.json' with { type: 'json' };
import { roles } from '../../domain/role.ts';
import type { PlatformMetric } from '../../domain/target-metrics.ts';
import { dayAt } from '../../domain/zone.ts';
import type { Scope } from '../../query/scope.ts';
import { readTargets } from '../../query/targets.ts';
import { callerOf } from '../auth.ts';
import type { ApiDeps, App } from '../deps.ts';
import { answers, nullable } from '../schemas.ts';

const Me = Type.Object({
  name: Type.String({ description: 'The name of the token' }),
  role: Type.Enum([...roles]),
  tenant: nullable(Type.String({ description: 'The one tenant that it sees; null: all' })),
  timeZone: Type.String({ description: 'In which business days begin' }),
  version: Type.String(),
  windows: Type.Array(Type.String({ description: 'That alert rules may use' })),
  targets: Type.Record(Type.String(), Type.Number(), { description: 'Percent or ms, as the name says' }),
});
export type MeAnswer = Static<typeof Me>;

/** Those in force today, for whoever asks. */
async function targetsNow({ postgres, config, now }: ApiDeps, scope: Scope): Promise<Static<typeof Me>['targets']> {
  const targets = await readTargets(postgres, scope, config);
  const day = dayAt(config.timeZone, now());
  const value = (metric: PlatformMetric): number => targets(metric, { day }).target;
  return {
    roiPercent: value('roi_percent'),
    websocketLatencyMs: value('websocket_latency_ms'),
    mlInferenceLatencyMs: value('ml_inference_latency_ms'),
    visionAnalysisLatencyMs: value('vision_analysis_latency_ms'),
    coachingAnalysisLatencyMs: value('coaching_analysis_latency_ms'),
    errorRatePercent: value('error_rate_percent'),
    uptimePercent: value('uptime_percent'),
    adoptionPercent: value('adoption_percent'),
  };
}

export function addMe(app: App, deps: ApiDeps): void {
  const { config } = deps;
  const schema = { tags: ['operation'], summary: 'Who holds this token', response: answers(Me) };
  app.get('/api/v1/me', { schema }, async (request) => {
    const { name, role, scope } = callerOf(request);
    const { timeZone, windowSizes, roiWindowSizes } = config;
    return {
      name,
      role,
      tenant: scope.tenantId,
      timeZone,
      version: manifest.version,
      windows: [...windowSizes, ...roiWindowSizes],
      targets: await targetsNow(deps, scope),
    };
  });
}
