import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { texts } from '../../texts/en.ts';

/** To the page of a snapshot; a dash where none is known. */
export function SnapshotLink({ vault, id }: { vault: string | null; id: string | null }) {
  if (!vault || !id) return '\u2013';
  return (
    <Anchor component={Link} to={`/snapshots/${vault}/${id}`} size="sm">
      {`${texts.report.snapshot.open} (${id.slice(0, 8)})`}
    </Anchor>
  );
}
