import { Button, Checkbox, Group, Modal, Paper, Select, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useJobs, useMe, useSites } from '../api/queries.ts';
import { isSiteAdministrator } from '../layout/shell.tsx';
import { JobTable } from '../parts/job-table.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { texts } from '../texts/en.ts';
import { BackUpForm } from './backup-form.tsx';
import { RestoreForm } from './restore-form.tsx';

const t = texts.backup;
type Dialogue = 'backUpSite' | 'backUpSpace' | 'restoreSite' | 'restoreSpace';

/** Confluence's page: what can be started, then what happened in the last two weeks. Who administers spaces alone sees what is for spaces. */
export function Backup() {
  const me = useMe().data;
  const sites = useSites();
  const [site, setSite] = useState<string | null>(null);
  const [open, setOpen] = useState<Dialogue | null>(null);
  const isAdministrator = me ? isSiteAdministrator(me) : false;
  const dialogues: Dialogue[] = isAdministrator ? ['backUpSite', 'backUpSpace', 'restoreSite', 'restoreSpace'] : ['backUpSpace'];
  return (
    <Page title={t.title}>
      <Loaded of={sites}>
        {(all) => {
          const chosen = site ?? all.find(({ isDefault }) => isDefault)?.name ?? all[0]?.name;
          if (!chosen) return <Text>{texts.settings.addSite}</Text>;
          return (
            <Stack>
              {all.length > 1 ? (
                <Select
                  label={texts.signIn.site}
                  data={all.map(({ name }) => name)}
                  value={chosen}
                  onChange={setSite}
                  maw={280}
                  allowDeselect={false}
                />
              ) : null}
              <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
                {dialogues.map((name) => (
                  <Button
                    key={name}
                    variant={name.startsWith('backUp') ? 'filled' : 'default'}
                    size="md"
                    onClick={() => setOpen(name)}
                  >
                    {t[name]}
                  </Button>
                ))}
              </SimpleGrid>
              <Activity />
              {open ? (
                <Modal
                  opened
                  onClose={() => setOpen(null)}
                  title={`${t[open]}: ${chosen}`}
                  size="lg"
                  closeButtonProps={{ 'aria-label': texts.common.close }}
                >
                  {open.startsWith('backUp') ? (
                    <BackUpForm
                      site={chosen}
                      scope={open === 'backUpSite' ? 'SITE' : 'SPACE'}
                      isAdministrator={isAdministrator}
                      onDone={() => setOpen(null)}
                    />
                  ) : (
                    <RestoreForm site={chosen} scope={open === 'restoreSite' ? 'SITE' : 'SPACE'} onDone={() => setOpen(null)} />
                  )}
                </Modal>
              ) : null}
            </Stack>
          );
        }}
      </Loaded>
    </Page>
  );
}

const tasks = [
  'site-backup',
  'space-backup',
  'site-restore',
  'space-restore',
  'snapshot',
  'restore-snapshot',
  'export',
  'import',
];

function Activity() {
  const [type, setType] = useState<string | null>(null);
  const [isScheduledShown, showScheduled] = useState(false);
  const jobs = useJobs({ types: type ?? undefined, schedules: isScheduledShown ? 'include' : 'leave-out', limit: 1000 });
  return (
    <Paper>
      <Group justify="space-between" mb="sm" wrap="wrap">
        <div>
          <Title order={2}>{t.activity}</Title>
          <Text size="xs" c="dimmed">
            {t.twoWeeks}
          </Text>
        </div>
        <Group>
          <Select
            aria-label={t.type}
            placeholder={t.allTypes}
            data={tasks.map((value) => ({ value, label: texts.types[value] }))}
            value={type}
            onChange={setType}
            clearable
            size="xs"
            clearButtonProps={{ 'aria-label': t.allTypes }}
          />
          <Checkbox
            size="sm"
            label={t.scheduled}
            checked={isScheduledShown}
            onChange={(event) => showScheduled(event.currentTarget.checked)}
          />
        </Group>
      </Group>
      <Loaded of={jobs}>
        {({ jobs: found }) =>
          found.length === 0 ? (
            <Text size="sm" c="dimmed">
              {t.empty}
            </Text>
          ) : (
            <JobTable jobs={found} />
          )
        }
      </Loaded>
    </Paper>
  );
}
