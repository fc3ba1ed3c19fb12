/** POST /api/v1/alerts/{id}/acknowledge. */
import { Type } from 'typebox';
import { ImpactError } from '../domain/errors.ts';
import { acknowledge } from '../query/notify/alert-rows.ts';
import { callerOf, requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { answers, instant } from './schemas.ts';

const Acknowledged = Type.Object({ id: Type.String(), acknowledgedAt: instant(), acknowledgedBy: Type.String() });

export function addAcknowledgeRoute(app: App, deps: ApiDeps): void {
  const params = Type.Object({ id: Type.String({ maxLength: 512 }) });
  const description = 'It is neither repeated nor escalated any more, unless it gets worse. Whoever was first stays.';
  app.post(
    '/api/v1/alerts/:id/acknowledge',
    {
      config: { role: 'operator' },
      schema: {
        tags: ['alerts'],
        summary: 'Say that somebody has taken an alert up',
        description,
        params,
        response: answers(Acknowledged),
      },
    },
    async (request) => {
      const [scope, { name }, { id }] = [requestScope(request), callerOf(request), request.params];
      const done = await deps.postgres.transaction((tx) => acknowledge(tx, id, name, scope, deps.now()));
      if (done === null) throw new ImpactError('not_found', `no alert ${id} is firing`);
      return { id: done.alertId, acknowledgedAt: done.acknowledgedAt.toISOString(), acknowledgedBy: done.acknowledgedBy };
    },
  );
}
