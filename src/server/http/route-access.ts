import type { FastifyContextConfig } from 'fastify';
import type { Action } from '#app/access/actions.ts';
import type { Caller } from '#app/access/caller.ts';

/**
 * Who may call a route. `public`: everybody; `signed-in`: who is somebody, and the route narrows what he sees; an action: checked before the route runs
 * when it is of the server, else by the route, which knows the site and the spaces.
 */
export type RouteAccess = 'public' | 'signed-in' | Action;

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess;
    /** Confluence's routes answer errors in its own form, and take its own header against cross-site requests. */
    dialect?: 'confluence';
  }
  interface FastifyRequest {
    caller: Caller | null;
    /** Set where the caller was recognised by the cookie. */
    xsrf: string | null;
  }
}

export type RouteConfig = FastifyContextConfig;
