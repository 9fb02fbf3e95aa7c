import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Application } from '#app/application.ts';
import { gatherMetrics } from './gather-metrics.ts';

/**
 * GET /metrics for Prometheus: what docs/metrics.md lists. For administrators of the server and their tokens, or with `publicMetrics` for everybody.
 * Gauges are read when somebody asks, at most every five seconds.
 */
export function registerMetrics(server: FastifyInstance, app: Application): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'oxbow_' });
  const durations = new Histogram({
    name: 'oxbow_http_request_duration_seconds',
    help: 'Time to answer requests, by route.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  const gauges = new Map<string, Gauge>();
  let gathered = 0;

  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    // Streams stay open for hours.
    if (route.endsWith('/events')) return;
    durations.observe(
      { method: request.method, route, status: `${Math.floor(reply.statusCode / 100)}xx` },
      reply.elapsedTime / 1000,
    );
  });
  server.get(
    '/metrics',
    {
      config: { access: app.config.publicMetrics ? 'public' : 'see-server' },
      schema: { summary: 'Metrics for Prometheus', tags: ['server'] },
    },
    async (_request, reply) => {
      const now = app.now().getTime();
      if (now - gathered > 5000) {
        gathered = now;
        for (const gauge of gauges.values()) gauge.reset();
        for (const { name, help, labels, value } of await gatherMetrics(app)) {
          let gauge = gauges.get(name);
          if (!gauge) {
            gauge = new Gauge({ name, help, labelNames: Object.keys(labels), registers: [registry] });
            gauges.set(name, gauge);
          }
          gauge.set(labels, value);
        }
      }
      return await reply.type(registry.contentType).send(await registry.metrics());
    },
  );
}
