const longest = 180;

/**
 * The name of an XML backup: prefix, kind, space keys, time in UTC. Only letters, digits, dots and hyphens, bounded in length, and no two alike, for
 * the number of the job ends it.
 */
export function backupFileName(
  kind: 'site' | 'space',
  spaceKeys: readonly string[],
  prefix: string | undefined,
  time: Date,
  id: string,
): string {
  const stamp = time.toISOString().slice(0, 19).replace(/[:T]/g, '-');
  const keys = kind === 'space' ? `-${spaceKeys.map(safe).join('-').slice(0, 80)}` : '';
  const start = prefix ? `${safe(prefix).slice(0, 60)}-` : '';
  return `${`${start}Confluence-${kind}-export${keys}`.slice(0, longest)}-${stamp}-${id}.zip`;
}

function safe(text: string): string {
  return text.replace(/[^A-Za-z0-9.-]+/g, '_').replace(/^\.+/, '_');
}
