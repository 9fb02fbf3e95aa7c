import { Paper, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** A part of a screen, with its heading and what belongs beside it. */
export function Panel({ title, side, children }: { title: string; side?: ReactNode; children: ReactNode }) {
  return (
    <Paper component="section">
      <div className="panel-title">
        <Title order={2}>{title}</Title>
        {side}
      </div>
      {children}
    </Paper>
  );
}
