import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readServerConfig } from '#app/config/read-server-config.ts';

const root = join(import.meta.dirname, '..');

describe('what is shipped to run it', () => {
  it('has an example of a configuration that is right', async () => {
    const config = await readServerConfig(join(root, 'deploy/oxbow.yaml'), {});
    expect(config).toMatchObject({
      baseUrl: 'https://oxbow.example.com',
      sites: [{ name: 'wiki', isDefault: true }],
      vaults: [{ name: 'main' }],
    });
  });

  it('names in the reference every setting that there is', () => {
    const text = readFileSync(join(root, 'docs/reference/configuration.md'), 'utf8');
    const source = readFileSync(join(root, 'src/app/config/read-server-config.ts'), 'utf8');
    const settings = [...source.matchAll(/^ {4}'([a-zA-Z0-9]+)',$/gm)].map(([, name]) => name);
    expect(settings.length).toBeGreaterThan(25);
    expect(settings.filter((name) => !text.includes(name))).toEqual([]);
  });

  it('starts two servers on one control database in its Compose file, with one key', () => {
    const compose = parse(readFileSync(join(root, 'deploy/compose.yaml'), 'utf8'), { merge: true }) as {
      services: Record<string, { environment: Record<string, string>; env_file: string }>;
    };
    const servers = Object.values(compose.services).filter(({ environment }) => environment.OXBOW_CONTROL_DATABASE_URL);
    expect(servers).toHaveLength(2);
    expect(new Set(servers.map(({ environment }) => environment.OXBOW_SERVER_KEY_FILE)).size).toBe(1);
    // PostgreSQL and Oxbow run as two accounts, and neither may read the other's files: passwords come as variables.
    expect(compose.services.control).toMatchObject({ env_file: 'control.env' });
    for (const { env_file } of servers) expect(env_file).toBe('secrets.env');
  });
});
