const prefix = 'oxbow-upload:';

/** Where an upload of the same file was begun before; null when it was not, or nothing can be kept here. */
export function known(id: string): string | null {
  try {
    return localStorage.getItem(prefix + id);
  } catch {
    return null;
  }
}

/** Null forgets it. */
export function remember(id: string, location: string | null): void {
  try {
    if (location === null) localStorage.removeItem(prefix + id);
    else localStorage.setItem(prefix + id, location);
  } catch {
    // Then it begins anew after the page was closed.
  }
}
