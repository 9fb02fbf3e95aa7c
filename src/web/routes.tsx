import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Shell } from './layout/shell.tsx';
import { Failure } from './parts/failure.tsx';
import { Waiting } from './parts/loaded.tsx';
import { Lost, Outdated } from './parts/lost.tsx';

const root = createRootRoute({ component: Shell, errorComponent: ({ error }) => <Failure error={error} /> });
const at = <Path extends string>(path: Path, load: () => Promise<Record<string, unknown>>, name: string) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load as never, name as never) });

const routes = [
  at('/', () => import('./screens/home.tsx'), 'Home'),
  at('/first-run', () => import('./screens/first-run/first-run.tsx'), 'FirstRun'),
  at('/backup', () => import('./screens/backup.tsx'), 'Backup'),
  at('/restore', () => import('./screens/restore/restore.tsx'), 'Restore'),
  at('/spaces', () => import('./screens/spaces.tsx'), 'Spaces'),
  at('/jobs/$id', () => import('./screens/task.tsx'), 'Task'),
  at('/snapshots', () => import('./screens/snapshots/snapshots.tsx'), 'Snapshots'),
  at('/snapshots/$vault/$id', () => import('./screens/snapshots/snapshot.tsx'), 'Snapshot'),
  at('/schedules', () => import('./screens/schedules/schedules.tsx'), 'Schedules'),
  at('/storage', () => import('./screens/storage/storage.tsx'), 'Storage'),
  at('/settings', () => import('./screens/settings.tsx'), 'Settings'),
];

export const router = createRouter({
  routeTree: root.addChildren(routes),
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultPendingComponent: Waiting,
  defaultNotFoundComponent: Lost,
  defaultErrorComponent: Outdated,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
