import { Navigate } from '@tanstack/react-router';
import { useMe } from '../../api/queries.ts';
import { isSiteAdministrator } from '../../layout/shell.tsx';
import { Page } from '../../parts/page.tsx';
import { texts } from '../../texts/en.ts';
import { Guide } from './guide.tsx';

/** The guide at an address of its own: there whether or not it was hidden on the first screen. */
export function FirstRun() {
  const me = useMe().data;
  if (me && !isSiteAdministrator(me)) return <Navigate to="/spaces" replace />;
  return (
    <Page title={texts.firstRun.title}>
      <Guide />
    </Page>
  );
}
