/** The folder, or null; see compile-cache.js. */
export declare function compileCache(env: Record<string, string | undefined>): string | null;
