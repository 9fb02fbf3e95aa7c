import { readFact, writeFact } from '#control/sites/registrations.ts';
import { writeConfiguration } from '#vault/configuration.ts';
import type { Application } from '../application.ts';
import { listVaults, withRegisteredVault } from '../vaults/registered-vaults.ts';
import { type KeptServer, keptServer, serverId } from './kept-server.ts';

const lookMs = 30_000;
/** A vault that could not be reached is not asked again before. */
const againMs = 10 * 60_000;
/** Written anew though nothing changed: so the newest in a vault is that of a server that lives, and a vault whose ledger was lost has it again. */
const freshMs = 86_400_000;

interface KeptFact {
  digest: string;
  /** ISO. */
  written: string;
}

/**
 * Writes what the server is to every vault that does not have it as it is now. A vault that cannot be reached is logged and left for the next time.
 * Errors: SERVER_KEY_WRONG.
 * @param skip vaults to leave alone
 */
export async function saveConfiguration(
  app: Application,
  skip: ReadonlySet<string> = new Set(),
): Promise<{ written: string[]; failed: string[] }> {
  const result: { written: string[]; failed: string[] } = { written: [], failed: [] };
  if (app.config.keepInVaults === 'nothing') return result;
  const kept = await keptServer(app);
  const server = await serverId(app);
  for (const { name: vault } of (await listVaults(app)).filter(({ name }) => !skip.has(name))) {
    const value: KeptServer = { ...kept, vault };
    const fact = `configuration in ${vault}`;
    const digest = app.secrets.digest(JSON.stringify(value));
    const now = app.now();
    const last = await readFact<KeptFact>(app.control, fact);
    if (last?.digest === digest && now.getTime() - Date.parse(last.written) < freshMs) continue;
    try {
      await withRegisteredVault(app, vault, (opened) => writeConfiguration(opened, server, value, now));
      await writeFact(app.control, fact, { digest, written: now.toISOString() });
      result.written.push(vault);
    } catch (error) {
      result.failed.push(vault);
      app.log.warn({ vault, reason: (error as Error).message }, 'the configuration could not be kept in the vault yet');
    }
  }
  return result;
}

/** Looks every half minute whether something changed, whoever changed it. Returns a function that ends it. */
export function startConfigurationKeeper(app: Application): () => void {
  const failedAt = new Map<string, number>();
  let isRunning = false;
  const look = async () => {
    if (isRunning) return;
    isRunning = true;
    try {
      const now = app.now().getTime();
      for (const [vault, at] of failedAt) if (now - at >= againMs) failedAt.delete(vault);
      const { failed } = await saveConfiguration(app, new Set(failedAt.keys()));
      for (const vault of failed) failedAt.set(vault, now);
    } catch (error) {
      app.log.warn({ reason: (error as Error).message }, 'could not look whether the configuration changed');
    } finally {
      isRunning = false;
    }
  };
  const timer = setInterval(() => void look(), lookMs);
  void look();
  return () => clearInterval(timer);
}
