import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inspectBackup } from '#flows/inspect/inspect-backup.ts';
import { inspectText } from './inspect-text.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'oxbow-inspect-text-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function textOf(entities: string, descriptor: string): Promise<string[]> {
  writeFileSync(join(folder, 'entities.xml'), entities);
  writeFileSync(join(folder, 'exportDescriptor.properties'), descriptor);
  mkdirSync(join(folder, 'work'), { recursive: true });
  const context = {
    signal: new AbortController().signal,
    now: () => new Date(0),
    workFolder: join(folder, 'work'),
    warn: () => {},
    progress: () => {},
  };
  return inspectText(await inspectBackup(folder, {}, context)).split('\n');
}

const object = (className: string, id: string, properties: Record<string, string>) =>
  `<object class="${className}" package="p"><id name="id">${id}</id>${Object.entries(properties)
    .map(([name, value]) => `<property name="${name}">${value}</property>`)
    .join('')}</object>`;
const space = object('Space', '1', { key: 'DOC', name: '<![CDATA[Docs \u009b31m]]>' });
const page = `<object class="Page" package="p"><id name="id">2</id><property name="title">Home</property><property name="space" class="Space" package="p"><id name="id">1</id></property></object>`;
const descriptor = 'exportType=space\nspaceKey=DOC\nbuildNumber=4517\ncreatedByBuildNumber=8804\n';

it('says what the backup is, what each space holds, and that it can be restored', async () => {
  const lines = await textOf(`<hibernate-generic datetime="2024-05-01 10:00:00">${space}${page}</hibernate-generic>`, descriptor);
  expect(lines).toContain('Kind:       space backup; its descriptor says so; of DOC');
  expect(lines).toContain('Objects:    2');
  expect(lines.find((line) => line.trim().startsWith('DOC'))).toMatch(/DOC +Docs \?31m +global +1( +0){6}$/);
  expect(lines).toContain('No problems found.');
  expect(lines.at(-1)).toBe('Can be restored into a new sandbox (Confluence 8.5.6, build 9012).');
});

it('says where a truncated backup ends and that it cannot be restored', async () => {
  const cut = `<hibernate-generic datetime="2024-05-01 10:00:00">${space}${page.slice(0, 60)}`;
  const lines = await textOf(cut, descriptor);
  expect(lines).toContain(`Objects:    1 complete ones; entities.xml is CUT OFF at byte ${Buffer.byteLength(cut)}`);
  expect(lines.join('\n')).toContain('Can NOT be restored into a new sandbox');
  expect(lines.at(-1)).toMatch(/^ {2}XML_TRUNCATED: entities\.xml is cut off at byte \d+: 1 complete objects stand before it/);
});
