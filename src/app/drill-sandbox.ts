import { isAlive } from '#base/is-alive.ts';
import type { DrilledVersion, DrillSandbox } from '#flows/drill/drill-snapshot.ts';
import { createSandbox, dropSandbox, listSandboxes, openSandbox } from '#sites/live/sandbox/sandbox.ts';

/** Makes a sandbox for one drill, on the embedded PostgreSQL, of the version of the snapshot. Those of drills that were killed are dropped first. */
export async function makeDrillSandbox(data: string, now: Date, of: DrilledVersion): Promise<DrillSandbox> {
  for (const name of await listSandboxes(data)) {
    const pid = /^drill-(\d+)$/.exec(name)?.[1];
    if (pid && !isAlive(Number(pid))) await dropSandbox(data, name, { force: true });
  }
  const name = `drill-${process.pid}`;
  await createSandbox(data, name, {
    now,
    ...(of.version === null ? {} : { version: of.version }),
    ...(of.buildNumber === null ? {} : { buildNumber: of.buildNumber }),
  });
  const site = await openSandbox(data, name);
  return {
    site,
    async drop() {
      await site.close();
      await dropSandbox(data, name, { force: true });
    },
  };
}
