/** GET /api/v1/alerts/{id}/acknowledgement: whether somebody has taken an alert up. */
import { type Static, Type } from 'typebox';
import { ImpactError } from '../../domain/errors.ts';
import { acknowledgementOf } from '../../query/acknowledgement.ts';
import { requestScope } from '../auth.ts';
import type { ApiDeps, App } from '../deps.ts';
import { answers, instant, nullable } from '../schemas.ts';

const Acknowledgement = Type.Object({ acknowledgedAt: nullable(instant()), acknowledgedBy: nullable(Type.String()) });
export type AcknowledgementAnswer = Static<typeof Acknowledgement>;

export function addAcknowledgement(app: App, { postgres }: ApiDeps): void {
  const params = Type.Object({ id: Type.String({ maxLength: 512 }) });
  const schema = { tags: ['alerts'], summary: 'Whether somebody has taken an alert up', params, response: answers(Acknowledgement) };
  app.get('/api/v1/alerts/:id/acknowledgement', { schema }, async (request) => {
    const found = await acknowledgementOf(postgres, requestScope(request), request.params.id);
    if (found === null) throw new ImpactError('not_found', `nobody is told of an alert ${request.params.id}`);
    return { acknowledgedAt: found.acknowledgedAt?.toISOString() ?? null, acknowledgedBy: found.acknowledgedBy };
  });
}
