import { z } from 'zod';
import { audit } from '#app/access/audit.ts';
import type { Caller } from '#app/access/caller.ts';
import { may, mustBeAllowed } from '#app/access/may.ts';
import type { Application } from '#app/application.ts';
import { nextTimes } from '#app/schedules/cron-times.ts';
import { cronInWords } from '#app/schedules/cron-words.ts';
import {
  changeSchedule,
  createSchedule,
  findSchedule,
  listSchedules,
  nextRunsOf,
  removeSchedule,
  stateOf,
} from '#app/schedules/schedule-service.ts';
import { runSchedule } from '#app/schedules/scheduler.ts';
import { decideRetention } from '#app/vaults/retention-decisions.ts';
import type { SnapshotFacts } from '#app/vaults/sync-snapshots.ts';
import type { ScheduleRow } from '#control/schedules/schedules.ts';
import { listKnownSnapshots } from '#control/sites/known-snapshots.ts';
import {
  cronPreview,
  cronPreviewBody,
  newScheduleBody,
  retentionBody,
  retentionDecisions,
  type ScheduleAnswer,
  schedule,
} from '../contract/schedule-contract.ts';
import { errorAnswers, idText } from '../contract/shared-contract.ts';
import type { TypedServer } from './typed-server.ts';

const tags = ['schedules'];
const params = z.object({ id: idText });

/** Schedules, and what rules of retention would keep. */
export function registerScheduleRoutes(server: TypedServer, app: Application): void {
  const answer = async (row: ScheduleRow): Promise<ScheduleAnswer> => ({
    id: row.id,
    name: row.name,
    site: row.site,
    vault: row.vault,
    enabled: row.enabled,
    cron: row.cron,
    timeZone: row.timeZone,
    words: cronInWords(row.cron),
    state: await stateOf(app, row),
    nextRuns: nextRunsOf(row, app.now(), 5).map((date) => date.toISOString()),
    lastNote: row.lastNote,
    lastStarted: row.lastStarted?.toISOString() ?? null,
    lastSuccess: row.lastSuccess?.toISOString() ?? null,
    lastFailure: row.lastFailure?.toISOString() ?? null,
    settings: row.settings as ScheduleAnswer['settings'],
  });
  /** Of a site: who administers it, and when a vault takes part: who administers the server, for a vault is everybody's. */
  const mustManage = async (
    caller: Caller,
    { site, vault }: { site?: string | null | undefined; vault?: string | null | undefined },
  ) => {
    if (site) await mustBeAllowed(caller, 'manage-schedules', { site });
    if (!site || vault) await mustBeAllowed(caller, 'manage-vaults');
  };

  server.get(
    '/api/schedules',
    {
      config: { access: 'signed-in' },
      schema: {
        summary: 'Schedules of the sites that I administer',
        tags,
        response: { 200: z.array(schedule), ...errorAnswers },
      },
    },
    async (request) => {
      const seen: ScheduleAnswer[] = [];
      for (const row of await listSchedules(app)) {
        if (await may(request.caller!, row.site ? 'see-site' : 'see-server', { site: row.site })) seen.push(await answer(row));
      }
      return seen;
    },
  );
  server.post(
    '/api/schedules',
    {
      config: { access: 'manage-schedules' },
      schema: { summary: 'Add a schedule', tags, body: newScheduleBody, response: { 201: schedule, ...errorAnswers } },
    },
    async (request, reply) => {
      await mustManage(request.caller!, request.body);
      const row = await createSchedule(app, request.body);
      await note(request.caller!, 'schedule.add', row, request.ip);
      return await reply.code(201).send(await answer(row));
    },
  );
  server.get(
    '/api/schedules/:id',
    {
      config: { access: 'signed-in' },
      schema: { summary: 'A schedule', tags, params, response: { 200: schedule, ...errorAnswers } },
    },
    async (request) => {
      const row = await findSchedule(app, request.params.id);
      await mustBeAllowed(request.caller!, row.site ? 'see-site' : 'see-server', { site: row.site });
      return await answer(row);
    },
  );
  server.put(
    '/api/schedules/:id',
    {
      config: { access: 'manage-schedules' },
      schema: { summary: 'Change a schedule', tags, params, body: newScheduleBody, response: { 200: schedule, ...errorAnswers } },
    },
    async (request) => {
      await mustManage(request.caller!, await findSchedule(app, request.params.id));
      await mustManage(request.caller!, request.body);
      const row = await changeSchedule(app, request.params.id, request.body);
      await note(request.caller!, 'schedule.change', row, request.ip);
      return await answer(row);
    },
  );
  server.delete(
    '/api/schedules/:id',
    {
      config: { access: 'manage-schedules' },
      schema: { summary: 'Remove a schedule; its jobs stay', tags, params, response: { 204: z.null(), ...errorAnswers } },
    },
    async (request, reply) => {
      const row = await findSchedule(app, request.params.id);
      await mustManage(request.caller!, row);
      await removeSchedule(app, row.id);
      await note(request.caller!, 'schedule.remove', row, request.ip);
      return await reply.code(204).send(null);
    },
  );
  server.post(
    '/api/schedules/:id/run-now',
    {
      config: { access: 'manage-schedules' },
      schema: {
        summary: 'Run it now, beside its times',
        tags,
        params,
        response: { 200: z.object({ jobs: z.array(idText), note: z.string().nullable() }), ...errorAnswers },
      },
    },
    async (request) => {
      const row = await findSchedule(app, request.params.id);
      await mustManage(request.caller!, row);
      const jobs = await runSchedule(app, row, `asked for by ${request.caller!.name}`);
      await note(request.caller!, 'schedule.run', row, request.ip);
      return { jobs, note: (await findSchedule(app, row.id)).lastNote };
    },
  );
  server.post(
    '/api/schedules/preview',
    {
      config: { access: 'signed-in' },
      schema: {
        summary: 'A cron expression in words, and its next times',
        tags,
        body: cronPreviewBody,
        response: { 200: cronPreview, ...errorAnswers },
      },
    },
    async (request) => {
      const { cron, timeZone } = request.body;
      return { words: cronInWords(cron), nextRuns: nextTimes(cron, timeZone, app.now(), 5).map((date) => date.toISOString()) };
    },
  );
  server.post(
    '/api/retention/simulate',
    {
      config: { access: 'see-server' },
      schema: {
        summary: 'Which snapshots rules of retention would keep, and why',
        tags,
        body: retentionBody,
        response: { 200: retentionDecisions, ...errorAnswers },
      },
    },
    async (request) => {
      const { vault, site, rules } = request.body;
      const known = await listKnownSnapshots<SnapshotFacts>(app.control, { vault, ...(site ? { site } : {}) });
      const decisions = new Map(
        decideRetention(
          known.map(({ facts }) => facts),
          rules,
        ).map((one) => [one.id, one]),
      );
      return known.map(({ id, time, site: of }) => ({
        id,
        time: time.toISOString(),
        site: of,
        keep: decisions.get(id)?.keep ?? true,
        reasons: decisions.get(id)?.reasons ?? [],
      }));
    },
  );

  async function note(caller: Caller, action: string, row: ScheduleRow, address: string): Promise<void> {
    await audit(app, caller, { action, site: row.site, object: row.name, address, details: { schedule: row.id } });
  }
}
