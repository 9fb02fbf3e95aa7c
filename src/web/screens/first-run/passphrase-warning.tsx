import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon } from '../../parts/icon.tsx';
import { texts } from '../../texts/en.ts';

const t = texts.firstRun.vault;

/** What everybody must know who has a vault. */
export function PassphraseWarning({ more, children }: { more?: string; children?: ReactNode }) {
  return (
    <div className="verdict boxed" data-tone="warning">
      <Icon name="warning" />
      <div>
        <Text size="sm" fw={600}>
          {t.warning}
        </Text>
        <Text size="sm">{more ? `${t.ofServer} ${more}` : t.ofServer}</Text>
        {children}
      </div>
    </div>
  );
}
