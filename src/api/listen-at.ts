/** Listening, with a fault that says which setting to change. */
import { ImpactError } from '../domain/errors.ts';

type Listener = { listen(options: { host: string; port: number }): Promise<unknown> };
type Place = { host: string; port: number; setting: 'API_PORT' | 'METRICS_PORT' };

const reasons: Record<string, (place: Place) => string> = {
  EADDRINUSE: ({ host, port, setting }) =>
    `another program listens on ${host}:${port}: end it, or give this one another port in ${setting} (0 picks a free one)`,
  EACCES: ({ port, setting }) => `this user may not listen on port ${port}: choose one from 1024 in ${setting}`,
  EADDRNOTAVAIL: ({ host }) => `this machine has no address ${host}: see API_HOST`,
  ENOTFOUND: ({ host }) => `nobody knows the host ${host}: see API_HOST`,
};

/** @throws ImpactError `bad_configuration` when that cannot be, and why */
export async function listenAt(app: Listener, place: Place): Promise<void> {
  try {
    await app.listen({ host: place.host, port: place.port });
  } catch (cause) {
    const reason = reasons[String((cause as { code?: string }).code)];
    if (reason === undefined) throw cause;
    throw new ImpactError('bad_configuration', reason(place), { cause: cause as Error });
  }
}
