/** Connections on which nothing has been asked: browsers and HTTP clients open them in advance. */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Closes them when the application closes. Node counts only those as idle that have had an answer, and would wait for these for a minute. */
export function closeSilentConnections(app: FastifyInstance): void {
  const silent = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  app.server.on('request', ({ socket }: { socket: Socket }) => silent.delete(socket));
  app.addHook('preClose', async () => {
    for (const socket of silent) socket.destroy();
  });
}
