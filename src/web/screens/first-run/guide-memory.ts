import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
const values = new Map<string, string | null>();

/** What this browser remembers of the guide: the vault that was chosen, and whether it is out of sight. */
export function useGuideMemory(name: 'vault' | 'hidden'): [value: string | null, keep: (value: string | null) => void] {
  const key = `oxbow-first-run-${name}`;
  const value = useSyncExternalStore(
    (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    () => read(key),
  );
  return [value, (given) => keep(key, given)];
}

function read(key: string): string | null {
  if (!values.has(key)) {
    try {
      values.set(key, localStorage.getItem(key));
    } catch {
      // Without storage it is remembered as long as the page lasts.
      values.set(key, null);
    }
  }
  return values.get(key) ?? null;
}

function keep(key: string, value: string | null): void {
  values.set(key, value);
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // As above.
  }
  for (const changed of listeners) changed();
}
