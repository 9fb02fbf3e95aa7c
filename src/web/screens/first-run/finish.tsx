import { Anchor, Group } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { duration } from '../../format/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { texts } from '../../texts/en.ts';
import type { GuideState } from './guide-state.ts';

const t = texts.firstRun.finish;

/** All five are done: what that means, and where one may go now. */
export function Finish({ state: { site, schedule, proof } }: { state: GuideState }) {
  if (site === null || !schedule || !proof) return null;
  return (
    <div className="verdict boxed" data-tone="ok" role="status">
      <Icon name="ok" />
      <div>
        <p className="first">{t.title}</p>
        <p>{t.text(site, texts.firstRun.schedule.inZone(schedule.words, schedule.timeZone), duration(proof.seconds))}</p>
        <Group gap="md" mt="xs">
          <Anchor component={Link} to="/restore" size="sm">
            {t.restore}
          </Anchor>
          <Anchor component={Link} to="/schedules" size="sm">
            {t.told}
          </Anchor>
          <Anchor component={Link} to="/settings" size="sm">
            {t.ownSite}
          </Anchor>
        </Group>
      </div>
    </div>
  );
}
