import { Paper, Title } from '@mantine/core';
import { dateTime } from '../../format/format.ts';
import { texts } from '../../texts/en.ts';
import { type Draft, namesSpaces, siteOf } from './draft.ts';
import { useSnapshotsOf } from './snapshots-of.ts';

const t = texts.restore;
const shownSpaces = 6;

/** What was chosen so far, always in sight. */
export function Summary({ draft }: { draft: Draft }) {
  const isSite = draft.scope === 'SITE';
  const facts: [name: string, value: string | null][] = [
    [t.what, isSite ? t.whole : spacesOf(draft)],
    [t.from, useSource(draft)],
    [t.into, siteOf(draft) || null],
    ...(isSite
      ? []
      : [[t.existing, draft.existing === 'as' ? `${t.as}: ${draft.asKey}` : t[draft.existing]] as [string, string]]),
  ];
  return (
    <Paper component="aside" aria-label={t.summary} className="wizard-side">
      <Title order={2} mb="sm">
        {t.summary}
      </Title>
      <dl className="facts single">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value ?? <span className="unset">{t.nothingYet}</span>}</dd>
          </div>
        ))}
      </dl>
    </Paper>
  );
}

function spacesOf(draft: Draft): string | null {
  const { spaceKeys } = draft;
  if (!namesSpaces(draft)) return t.allOfFile;
  if (spaceKeys.length === 0) return null;
  const more = spaceKeys.length > shownSpaces ? `, \u2026 (${spaceKeys.length})` : '';
  return `${t.spaces}: ${spaceKeys.slice(0, shownSpaces).join(', ')}${more}`;
}

function useSource({ from, source, fileName, vault, snapshot }: Draft): string | null {
  const snapshots = useSnapshotsOf(source).data ?? [];
  if (from === 'file') return fileName;
  const found = snapshots.find((one) => one.vault === vault && one.id === snapshot);
  if (found) return `${dateTime(found.time)}, ${found.site}`;
  return snapshot && `${texts.backup.snapshot} ${snapshot.slice(0, 12)}`;
}
