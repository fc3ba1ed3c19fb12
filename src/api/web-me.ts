/** GET /api/v1/me: who holds this token, and what an interface needs to know of the installation. */
import { type Static, Type } from 'typebox';
import manifest from '../../package.json' with { type: 'json' };
import { roles } from '../domain/role.ts';
import { callerOf } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { answers, nullable } from './schemas.ts';

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

export function addMe(app: App, { config }: ApiDeps): void {
  const targets = {
    roiPercent: config.targetRoiPercent,
    websocketLatencyMs: config.targetWebsocketLatencyMs,
    mlInferenceLatencyMs: config.targetMlInferenceMs,
    visionAnalysisLatencyMs: config.targetVisionAnalysisMs,
    coachingAnalysisLatencyMs: config.targetCoachingAnalysisMs,
    errorRatePercent: config.targetErrorRatePercent,
    uptimePercent: config.targetUptimePercent,
    adoptionPercent: config.targetAdoptionPercent,
  };
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
      targets,
    };
  });
}
