import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { texts } from '../../texts/en.ts';
import { Guide } from './guide.tsx';
import { useGuideMemory } from './guide-memory.ts';

/** The guide on the first screen, until a backup is verified and the next ones come by themselves; it can be put out of sight, and fetched back. */
export function HomeGuide({ isNeeded }: { isNeeded: boolean }) {
  const [hidden, keep] = useGuideMemory('hidden');
  // Who has come to the end here sees that it is the end.
  const [wasNeeded] = useState(isNeeded);
  if (!isNeeded && !wasNeeded) return null;
  if (hidden === null) return <Guide onHide={() => keep('yes')} />;
  return isNeeded ? (
    <Group>
      <Button size="compact-sm" variant="default" onClick={() => keep(null)}>
        {texts.firstRun.show}
      </Button>
    </Group>
  ) : null;
}
