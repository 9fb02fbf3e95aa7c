import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { parseCsv } from '#base/csv.ts';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import type { RestoreReport } from '#flows/restore/restore-report.ts';
import type { UserMappingLine } from '#sites/live/restore/match-users.ts';

const columns = ['user_key', 'user_name', 'email', 'matched_by', 'site_user'];

/** Writes the users of a plan as a CSV to edit: fill `site_user` with the name or key of the user in the site. */
export async function writeUserMapping(path: string, report: RestoreReport): Promise<void> {
  const quote = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = report.users.matches.map((match) =>
    [match.key, match.name ?? '', match.email ?? '', match.by, match.by === 'new' ? '' : match.siteKey].map(quote).join(','),
  );
  await writeFile(path, `${[columns.join(','), ...lines].join('\n')}\n`);
}

/**
 * Reads a mapping of users: columns `user_key` and/or `user_name` (of the backup) and `site_user`; other columns and lines without a
 * `site_user` are passed over. Errors: USER_MAPPING_UNREADABLE, USER_MAPPING_COLUMNS.
 */
export async function readUserMapping(path: string): Promise<UserMappingLine[]> {
  const lines: UserMappingLine[] = [];
  let header: string[] | null = null;
  try {
    for await (const record of parseCsv(createReadStream(path))) {
      if (header === null) {
        header = record.map((name) =>
          name
            .replace(/^\ufeff/, '')
            .trim()
            .toLowerCase(),
        );
        if (!header.includes('site_user') || !(header.includes('user_key') || header.includes('user_name')))
          throw wrongColumns(path);
        continue;
      }
      const value = (name: string) => record[header!.indexOf(name)]?.trim() ?? '';
      const backupUser = value('user_key') || value('user_name');
      if (backupUser && value('site_user')) lines.push({ backupUser, siteUser: value('site_user') });
    }
  } catch (error) {
    if (error instanceof OxbowError) throw error;
    throw new OxbowError('USER_MAPPING_UNREADABLE', `The user mapping ${path} cannot be read: ${systemErrorCode(error)}.`, {
      cause: error,
    });
  }
  if (header === null) throw wrongColumns(path);
  return lines;
}

function wrongColumns(path: string): OxbowError {
  return new OxbowError('USER_MAPPING_COLUMNS', `The first line of ${path} does not name the columns.`, {
    hint: `It must name user_key or user_name, and site_user. A restore with --dry-run --write-users FILE writes such a file.`,
  });
}
