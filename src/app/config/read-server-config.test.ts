import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OxbowError } from '#base/errors.ts';
import { parseListen, readServerConfig } from './read-server-config.ts';

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oxbow-config-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function written(text: string): Promise<string> {
  const path = join(folder, `${++files}.yaml`);
  await writeFile(path, text);
  return path;
}
const read = async (text: string, env: Record<string, string> = {}) => readServerConfig(await written(text), env);
/** Every problem of the file, one each. */
async function problems(text: string, env: Record<string, string> = {}): Promise<string[]> {
  try {
    await read(text, env);
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    const { message, details } = error as OxbowError;
    const found = (details as { problems: string[] }).problems;
    for (const problem of found) expect(message).toContain(problem);
    return found;
  }
  return [];
}

describe('the configuration', () => {
  it('needs no file: then the server is one for this machine alone', async () => {
    expect(await readServerConfig(undefined, {})).toEqual({
      ...{ file: null, controlDatabaseUrl: null, listen: { host: '127.0.0.1', port: 8090 }, baseUrl: 'http://127.0.0.1:8090' },
      ...{ tls: null, trustedProxies: [], parallelJobs: 2, workerMemory: 768, keepJobsDays: 90, keepFilesHours: 72 },
      ...{ minimumFreeBytes: 1024 ** 3, publicMetrics: false, keepInVaults: 'with-secrets', sites: [], vaults: [], smtp: null },
    });
  });

  it('is read whole', async () => {
    const config = await read(
      `
controlDatabase: { url: "postgres://oxbow@db/oxbow", passwordVariable: CONTROL }
listen: 0.0.0.0:443
tls: { certificate: /etc/c.pem, key: /etc/k.pem }
trustedProxies: [10.0.0.0/8]
minimumFree: 5 GiB
keepInVaults: without-secrets
sites:
  - name: wiki
    databaseUrl: postgres://reader@db/confluence
    databasePasswordVariable: WIKI
    home: /var/wiki
    nodeUrls: [http://a:8090, http://b:8090]
    host: Wiki.Example.com
    limitRate: 20M
    default: true
  - { name: play, sandbox: play }
vaults:
  - { name: main, location: "s3://bucket/x", s3Endpoint: "https://s3.example", passphraseFile: /run/secrets/p }
  - { name: second, location: /mnt/vault }
smtp: { host: mail, from: "oxbow@example.com", user: oxbow, passwordVariable: MAIL }
`,
      { CONTROL: 'p@ss' },
    );
    expect(config).toMatchObject({
      ...{ controlDatabaseUrl: 'postgres://oxbow:p%40ss@db/oxbow', listen: { host: '0.0.0.0', port: 443 } },
      ...{ baseUrl: 'https://localhost:443', minimumFreeBytes: 5 * 1024 ** 3, keepInVaults: 'without-secrets' },
      sites: [
        {
          name: 'wiki',
          host: 'wiki.example.com',
          limitRate: 20_000_000,
          isDefault: true,
          nodeUrls: ['http://a:8090', 'http://b:8090'],
        },
        { name: 'play', sandbox: 'play' },
      ],
      vaults: [{ passphraseFile: '/run/secrets/p' }, { passphraseVariable: 'OXBOW_PASSPHRASE' }],
      smtp: { port: 587, secure: false },
    });
  });

  it('tells everything that is wrong at once, with line and column, and what it expected', async () => {
    const text = `listen: nowhere
parallelJobs: many
publicMetrics: [yes]
minimumFree: lots
sites:
  - databaseUrl: mysql://db/wiki
    home: /var/wiki
    readers: 99
  -
vaults: main
`;
    expect(await problems(text)).toEqual([
      'line 1, column 9: listen: expected HOST:PORT',
      'line 2, column 15: parallelJobs: expected a whole number from 1 to 64, but found "many"',
      'line 3, column 16: publicMetrics: expected true or false, but found a list',
      'line 4, column 14: minimumFree: expected a size, such as 500M or 2 GiB, but found "lots"',
      'line 6, column 5: sites[1].name: is missing',
      'line 6, column 18: sites[1].databaseUrl: expected an address that begins with postgres:// or postgresql://',
      'line 8, column 14: sites[1].readers: expected a whole number from 1 to 32, but found "99"',
      'line 9, column 4: sites[2].name: is missing',
      'line 9, column 4: sites[2].databaseUrl: is missing',
      'line 9, column 4: sites[2].home: is missing',
      'line 10, column 9: vaults: expected a list (one "- " for each), but found "main"',
    ]);
  });

  it('refuses a setting that it does not know, and names the one that was meant', async () => {
    const found = await problems(
      'lisen: 1\nsites:\n  - { name: a, sandbox: a, databaseURL: x }\nsmtp: { host: h, from: f, password: secret }\n',
    );
    expect(found[0]).toBe('line 1, column 1: there is no setting "lisen"; did you mean "listen"?');
    expect(found[1]).toContain('line 3, column 28: there is no setting "sites[1].databaseURL"; did you mean "databaseUrl"?');
    expect(found[2]).toContain('there is no setting "smtp.password"; known here: host, port, secure, user, passwordVariable');
    expect(found.join()).not.toContain('secret');
  });

  it('refuses passwords in the file, and does not repeat them', async () => {
    const text = `controlDatabase: { url: "postgres://u:topsecret@db/oxbow" }
sites: [{ name: a, home: /x, databaseUrl: "postgres://u:topsecret@db/x" }, { name: b, home: /x, databaseUrl: "http://u:topsecret@db/x" }]
publicMetrics: postgres://u:topsecret@db/x
keepInVaults: postgres://u:topsecret@db/x
`;
    const found = await problems(text);
    expect(found).toHaveLength(5);
    expect(found.filter((one) => one.includes('no password here'))).toHaveLength(2);
    expect(found.join()).not.toContain('topsecret');
  });

  it('says where the file is no YAML, or says a thing twice', async () => {
    expect(await problems('a: [1, 2\nb: 3\n')).toContainEqual(expect.stringMatching(/^line 2, column 1: /));
    expect(await problems('listen: 127.0.0.1:1\nlisten: 127.0.0.1:2\n')).toEqual([
      expect.stringMatching(/^line 2, column 1: .*unique/i),
    ]);
    expect(await problems('just words')).toEqual([
      'line 1, column 1: the file: expected settings (name: value), but found "just words"',
    ]);
  });

  it('wants each name once, in small letters, and one default', async () => {
    const found = await problems(
      'sites:\n  - { name: a, sandbox: a, default: true }\n  - { name: a, sandbox: b, default: true }\n  - { name: A B, sandbox: c }\n',
    );
    expect(found).toEqual([
      'line 2, column 3: sites: only one site can be the default',
      'line 3, column 5: sites[2]: the name "a" is taken already',
      'line 4, column 13: sites[3].name: a name has small letters, digits and hyphens, at most 40',
    ]);
  });

  it('takes the usual variable for the password of a site that names none, unless it is a sandbox or names a file', async () => {
    const { sites } = await read(
      'sites: [{ name: a, databaseUrl: "postgres://h/d", home: /a }, { name: b, databaseUrl: "postgres://h/d", home: /b, databasePasswordFile: /p }, { name: c, sandbox: c }]',
    );
    expect(sites.map((site) => site.databasePasswordVariable)).toEqual(['OXBOW_DATABASE_PASSWORD', undefined, undefined]);
  });

  it('takes a number as the text that was written', async () => {
    expect((await read('vaults: [{ name: a, location: 007 }]')).vaults[0].location).toBe('007');
  });
});

describe('where the server listens', () => {
  it('is this machine alone, unless TLS or a proxy keeps passwords from travelling in the clear', async () => {
    expect(await problems('listen: 0.0.0.0:8090')).toEqual([expect.stringMatching(/^line 1, column 9: .*in the clear/)]);
    expect(await problems('', { OXBOW_LISTEN: '192.168.0.1:8090' })).toEqual([
      expect.stringMatching(/^OXBOW_LISTEN: .*in the clear/),
    ]);
    for (const listen of ['127.0.0.1:1', 'localhost:1', '"[::1]:1"', '8091'])
      expect(await problems(`listen: ${listen}`)).toEqual([]);
    expect(await problems('listen: 0.0.0.0:8090\nbehindProxy: true')).toEqual([]);
    expect(await problems('listen: 0.0.0.0:8090\nbehindProxy: true', { OXBOW_BEHIND_PROXY: 'false' })).toHaveLength(1);
    expect(await problems('', { OXBOW_LISTEN: '0.0.0.0:1', OXBOW_BEHIND_PROXY: 'true' })).toEqual([]);
  });

  it('is written as host and port, or as the port alone', () => {
    expect(parseListen('[::1]:80')).toEqual({ host: '::1', port: 80 });
    expect(parseListen('8090')).toEqual({ host: '127.0.0.1', port: 8090 });
    for (const wrong of ['', 'host', 'host:', 'host:99999', '::1:80', 'a b:1']) expect(parseListen(wrong)).toBeNull();
  });
});

describe('the environment', () => {
  it('wins over the file', async () => {
    const config = await read('listen: 127.0.0.1:1\nbaseUrl: http://file/\ncontrolDatabase: { url: "postgres://file/x" }', {
      ...{ OXBOW_LISTEN: '127.0.0.1:2', OXBOW_BASE_URL: 'https://env/wiki/', OXBOW_CONTROL_DATABASE_URL: 'postgres://u:p@env/x' },
    });
    expect([config.listen.port, config.baseUrl, config.controlDatabaseUrl]).toEqual([
      2,
      'https://env/wiki',
      'postgres://u:p@env/x',
    ]);
  });

  it('names the file too, and is checked as the file is', async () => {
    const path = await written('parallelJobs: 7');
    expect((await readServerConfig(undefined, { OXBOW_CONFIG: path })).parallelJobs).toBe(7);
    expect(await problems('', { OXBOW_LISTEN: 'x', OXBOW_BASE_URL: 'ftp://x' })).toEqual([
      'OXBOW_LISTEN: expected HOST:PORT',
      'OXBOW_BASE_URL: expected an address that begins with http:// or https://',
    ]);
  });

  it('or a file holds the password of the control database; a file that cannot be read is told', async () => {
    const secret = join(folder, 'secret');
    await writeFile(secret, 'line one\nline two\n');
    const text = (file: string) => `controlDatabase: { url: "postgres://u@db/x", passwordFile: "${file}" }`;
    expect((await read(text(secret))).controlDatabaseUrl).toBe('postgres://u:line%20one@db/x');
    await expect(read(text(join(folder, 'none')))).rejects.toMatchObject({ code: 'SECRET_FILE' });
    await expect(readServerConfig(join(folder, 'none.yaml'), {})).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
  });
});
