import { useSyncExternalStore } from 'react';

const key = 'oxbow-site';
const listeners = new Set<() => void>();
let chosen: string | null = null;
try {
  chosen = localStorage.getItem(key);
} catch {
  // Without storage the choice lasts as long as the page.
}

/** The site that was chosen above, or null: all of them. The choice outlives the page. */
export function useChosenSite(): [site: string | null, choose: (site: string | null) => void] {
  const site = useSyncExternalStore(
    (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    () => chosen,
  );
  return [site, choose];
}

function choose(site: string | null): void {
  chosen = site;
  try {
    if (site === null) localStorage.removeItem(key);
    else localStorage.setItem(key, site);
  } catch {
    // As above.
  }
  for (const changed of listeners) changed();
}
