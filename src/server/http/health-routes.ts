import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Application } from '#app/application.ts';
import type { Dispatcher } from '#app/work/dispatcher.ts';

const staleMs = 30_000;

/** GET /healthz: 200 while the server can do its work, else 503 with what cannot be done. For load balancers: says nothing of the sites. */
export function registerHealth(server: FastifyInstance, app: Application, dispatcher: Dispatcher | null): void {
  const answer = z.object({ status: z.enum(['ok', 'failing']), controlDatabase: z.boolean(), dispatcher: z.boolean() });
  server.get(
    '/healthz',
    { config: { access: 'public' }, schema: { summary: 'Health', tags: ['server'], response: { 200: answer, 503: answer } } },
    async (_request, reply) => {
      const controlDatabase = await app.control.query('SELECT 1').then(
        () => true,
        () => false,
      );
      const isDispatching = dispatcher === null || app.now().getTime() - dispatcher.lastTick().getTime() < staleMs;
      const isWell = controlDatabase && isDispatching;
      return await reply.code(isWell ? 200 : 503).send({
        status: isWell ? 'ok' : 'failing',
        controlDatabase,
        dispatcher: isDispatching,
      });
    },
  );
}
