/** OFREP's change stream: server-sent events that say "ask again" whenever a flag has changed. */
import { Type } from 'typebox';
import type { FlagReader } from '../domain/flags/reader.ts';
import type { ApiDeps, App } from './deps.ts';
import { createStreams, eventAnswers, lastEventId, type Telling } from './event-streams.ts';
import { STREAM_PATH } from './ofrep-answer.ts';

const event = (revision: string): string =>
  `id: ${revision}\nevent: message\ndata: ${JSON.stringify({ type: 'refetchEvaluation', etag: `"${revision}"` })}\n\n`;

/** It begins with an event unless the client knows the present revision: the flags may have changed between its last request and this one. */
function tellRevisions(reader: Pick<FlagReader, 'state' | 'onChange'>, known: string | null): Telling {
  return (say) => {
    const tell = (revision: string | null): void => {
      if (revision !== null && revision !== known) say(event(revision));
      known = revision ?? known;
    };
    tell(reader.state().revision);
    return [
      reader.onChange((ids, state) => {
        if (ids.length > 0) tell(state.revision);
      }),
    ];
  };
}

export function addOfrepStream(app: App, { flagReader }: ApiDeps): void {
  const stream = createStreams(app);
  const summary =
    'Server-sent events of the type refetchEvaluation, one for each change of flags; the address is in the answers of evaluations';
  app.get(
    STREAM_PATH,
    {
      exposeHeadRoute: false,
      config: { apiKey: true, ticket: true, cacheable: false },
      schema: {
        tags: ['remote evaluation'],
        security: [{ token: [] }, { apiKey: [] }, { ticket: [] }],
        summary,
        querystring: Type.Object({ ticket: Type.Optional(Type.String({ maxLength: 256 })) }),
        response: eventAnswers,
      },
    },
    async (request, reply) => stream(reply as never, tellRevisions(flagReader, lastEventId(request))) as never,
  );
}
