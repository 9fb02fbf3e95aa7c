import { Modal, Select } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useChosenSite } from '../api/current-site.ts';
import { useMe, useSites } from '../api/queries.ts';
import { isSiteAdministrator } from '../layout/shell.tsx';
import { Empty } from '../parts/empty.tsx';
import { Icon } from '../parts/icon.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { texts } from '../texts/en.ts';
import { Activity } from './activity.tsx';
import { BackUpForm } from './backup-form.tsx';

const t = texts.backup;
type Task = 'backUpSite' | 'backUpSpace' | 'restoreSite' | 'restoreSpace';

/** Confluence's page: what can be started, then what happened in the last two weeks. Who administers spaces alone sees what is for spaces. */
export function Backup() {
  const me = useMe().data;
  const navigate = useNavigate();
  const sites = useSites();
  const [ofPage] = useChosenSite();
  const [chosen, choose] = useState<string | null>(null);
  const [open, setOpen] = useState<Task | null>(null);
  const isAdministrator = me ? isSiteAdministrator(me) : false;
  const tasks: Task[] = isAdministrator
    ? ['backUpSite', 'backUpSpace', 'restoreSite', 'restoreSpace']
    : ['backUpSpace', 'restoreSpace'];
  const begin = (task: Task, site: string) => {
    if (task.startsWith('backUp')) setOpen(task);
    else void navigate({ to: '/restore', search: { site, scope: task === 'restoreSite' ? 'SITE' : 'SPACE' } as never });
  };
  return (
    <Page title={t.title}>
      <Loaded of={sites}>
        {(all) => {
          const names = all.map(({ name }) => name);
          const usual = all.find(({ isDefault }) => isDefault)?.name ?? names[0];
          const site = [chosen, ofPage].find((name) => name !== null && names.includes(name)) ?? usual;
          if (!site) return <Empty icon="site" text={t.noSite} />;
          return (
            <>
              <div className="choices">
                {tasks.map((name) => (
                  <button type="button" className="choice" key={name} onClick={() => begin(name, site)}>
                    <Icon name={name.startsWith('backUp') ? 'backup' : 'restore'} />
                    <span>
                      <strong>{t[name]}</strong>
                      <small>{t.about[name]}</small>
                    </span>
                  </button>
                ))}
              </div>
              <Activity />
              {open ? (
                <Modal
                  opened
                  onClose={() => setOpen(null)}
                  title={`${t[open]}: ${site}`}
                  size="lg"
                  closeButtonProps={{ 'aria-label': texts.common.close }}
                >
                  {all.length > 1 ? (
                    <Select label={texts.nav.site} data={names} value={site} onChange={choose} mb="md" allowDeselect={false} />
                  ) : null}
                  <BackUpForm
                    key={site}
                    site={site}
                    scope={open === 'backUpSite' ? 'SITE' : 'SPACE'}
                    isAdministrator={isAdministrator}
                    onDone={() => setOpen(null)}
                  />
                </Modal>
              ) : null}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
