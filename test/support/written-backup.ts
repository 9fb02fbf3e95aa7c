import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { classModel } from '#model/model.ts';

/** A text, a reference to an object, or the elements of a collection. */
export type WrittenValue = string | { className: string; id: string } | { className: string; id: string }[];

export const to = (className: string, id: string | number) => ({ className, id: String(id) });
export const user = (key: string) => to('ConfluenceUserImpl', key);

/** One object of entities.xml, in the legacy dialect. */
export function written(className: string, id: string | number, values: Record<string, WrittenValue> = {}): string {
  const isUser = (name: string) => name === 'ConfluenceUserImpl';
  const package_ = (name: string) => classModel(name)?.packageName ?? 'com.example';
  const idOf = (name: string, value: string) =>
    isUser(name) ? `<id name="key"><![CDATA[${value}]]></id>` : `<id name="id">${value}</id>`;
  const properties = Object.entries(values).map(([name, value]) => {
    if (typeof value === 'string') return `<property name="${name}"><![CDATA[${value.replaceAll(']]', ']] ')}]]></property>`;
    if (Array.isArray(value)) {
      const elements = value.map(
        (e) => `<element class="${e.className}" package="${package_(e.className)}">${idOf(e.className, e.id)}</element>`,
      );
      return `<collection name="${name}" class="java.util.Collection">${elements.join('')}</collection>`;
    }
    return `<property name="${name}" class="${value.className}" package="${package_(value.className)}">${idOf(value.className, value.id)}</property>`;
  });
  return `<object class="${className}" package="${package_(className)}">${idOf(className, String(id))}${properties.join('\n')}</object>`;
}

export interface WrittenBackup {
  objects: string[];
  /** Lines of the descriptor; null: no descriptor. Default: a space backup of 8.5.6. */
  descriptor?: Record<string, string> | null;
  files?: Record<string, string | Buffer>;
}

export const spaceDescriptor = (keys: string) => ({
  exportType: 'space',
  spaceKey: keys,
  buildNumber: '4517',
  createdByBuildNumber: '9012',
  createdByVersionNumber: '8.5.6',
  source: 'server',
});

/** Writes an unpacked backup into a new folder and gives its path. */
export async function writeBackup(path: string, backup: WrittenBackup): Promise<string> {
  await mkdir(path, { recursive: true });
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<hibernate-generic datetime="2024-05-01 10:00:00">\n${backup.objects.join('\n')}\n</hibernate-generic>`;
  await writeFile(join(path, 'entities.xml'), xml);
  if (backup.descriptor !== null) {
    const lines = Object.entries(backup.descriptor ?? spaceDescriptor('DOC')).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(join(path, 'exportDescriptor.properties'), lines.join(''));
  }
  for (const [name, data] of Object.entries(backup.files ?? {})) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), data);
  }
  return path;
}
