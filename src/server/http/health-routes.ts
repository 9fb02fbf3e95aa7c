import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Application } from '#app/application.ts';
import type { Dispatcher } from '#app/work/dispatcher.ts';

const staleMs = 30_000;
/** Who asks for the health waits a few seconds at most. */
const patienceMs = 3000;

/**
 * GET /healthz: 200 while the server can do its work (control database reachable, its tables those of this version, jobs dispatched), else 503 with what
 * cannot be done. For load balancers: says nothing of the sites.
 */
export function registerHealth(server: FastifyInstance, app: Application, dispatcher: Pick<Dispatcher, 'lastTick'> | null): void {
  const answer = z.object({ status: z.enum(['ok', 'failing']), controlDatabase: z.boolean(), dispatcher: z.boolean() });
  server.get(
    '/healthz',
    { config: { access: 'public' }, schema: { summary: 'Health', tags: ['server'], response: { 200: answer, 503: answer } } },
    async (_request, reply) => {
      const controlDatabase = await isReachable(app);
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

/** An older server that still runs after a newer one changed the tables says so too: it should be replaced. */
async function isReachable(app: Application): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), patienceMs);
  });
  const asked = app.control.isCurrent().catch(() => false);
  return await Promise.race([asked, late]).finally(() => clearTimeout(timer));
}
