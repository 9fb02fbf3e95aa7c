import { pbkdf2Sync, randomBytes } from 'node:crypto';
import type { LiveSite } from '#sites/live/connection.ts';
import type { TestSites } from './test-sites.ts';

/** Makes directories, users, groups, spaces and permissions in a site without content, as Confluence would. */
export class WikiAccounts {
  readonly #sites: TestSites;
  readonly #site: LiveSite;
  #next = 900_000;

  constructor(sites: TestSites, site: LiveSite) {
    this.#sites = sites;
    this.#site = site;
  }

  async directory(id: number, { place = 0, type = 'INTERNAL', active = true } = {}): Promise<void> {
    await this.#run(
      `INSERT INTO public.cwd_application (id, application_name, lower_application_name, created_date, updated_date, active, application_type, credential)
       SELECT 1, 'crowd-embedded', 'crowd-embedded', now(), now(), 'T', 'GENERIC_APPLICATION', 'X' WHERE NOT EXISTS (SELECT FROM public.cwd_application)`,
    );
    await this.#run(
      `INSERT INTO public.cwd_directory (id, directory_name, lower_directory_name, created_date, updated_date, active, impl_class, lower_impl_class, directory_type)
       VALUES ($1, $2::text, $2::text, now(), now(), $3, 'x', 'x', $4)`,
      [id, `directory ${id}`, active ? 'T' : 'F', type],
    );
    await this.#run(
      `INSERT INTO public.cwd_app_dir_mapping (id, application_id, directory_id, allow_all, list_index) VALUES ($1, (SELECT min(id) FROM public.cwd_application), $1, 'T', $2)`,
      [id, place],
    );
  }

  async user(name: string, directory: number, { active = true, display = name, password = '' } = {}): Promise<void> {
    const salt = randomBytes(16);
    const hash = Buffer.concat([salt, pbkdf2Sync(password, salt, 10_000, 32, 'sha1')]).toString('base64');
    await this.#run(
      `INSERT INTO public.cwd_user (id, user_name, lower_user_name, active, created_date, updated_date, display_name, lower_display_name, directory_id, credential)
       VALUES ($1, $2::text, lower($2::text), $3, now(), now(), $4::text, lower($4::text), $5, $6)`,
      [this.#next++, name, active ? 'T' : 'F', display, directory, password === '' ? 'nopass' : `{PKCS5S2}${hash}`],
    );
    await this.#run(
      `INSERT INTO public.user_mapping (user_key, username, lower_username) SELECT 'key-of-' || lower($1::text), $1::text, lower($1::text)
       WHERE NOT EXISTS (SELECT FROM public.user_mapping WHERE lower_username = lower($1::text))`,
      [name],
    );
  }

  /** With users, and groups within it, of the same directory. */
  async group(name: string, directory: number, users: string[], groups: string[] = []): Promise<void> {
    const id = this.#next++;
    await this.#run(
      `INSERT INTO public.cwd_group (id, group_name, lower_group_name, active, local, created_date, updated_date, group_type, directory_id)
       VALUES ($1, $2::text, lower($2::text), 'T', 'F', now(), now(), 'GROUP', $3)`,
      [id, name, directory],
    );
    for (const user of users) {
      await this.#run(
        `INSERT INTO public.cwd_membership (id, parent_id, child_user_id) SELECT $1, $2, id FROM public.cwd_user WHERE lower_user_name = lower($3) AND directory_id = $4`,
        [this.#next++, id, user, directory],
      );
    }
    for (const group of groups) {
      await this.#run(
        `INSERT INTO public.cwd_membership (id, parent_id, child_group_id) SELECT $1, $2, id FROM public.cwd_group WHERE lower_group_name = lower($3) AND directory_id = $4`,
        [this.#next++, id, group, directory],
      );
    }
  }

  async space(key: string): Promise<void> {
    await this.#run(
      `INSERT INTO public.spaces (spaceid, spacename, spacekey, lowerspacekey, spacetype, spacestatus) VALUES ($1, $2::text, $2::text, lower($2::text), 'global', 'CURRENT')`,
      [this.#next++, key],
    );
  }

  /** Null: a global one. */
  async permission(type: string, space: string | null, to: { user?: string; group?: string; everybody?: string }): Promise<void> {
    await this.#run(
      `INSERT INTO public.spacepermissions (permid, spaceid, permtype, permgroupname, permusername, permalluserssubject)
       VALUES ($1, (SELECT spaceid FROM public.spaces WHERE spacekey = $2), $3, $4, $5, $6)`,
      [this.#next++, space, type, to.group ?? null, to.user ? `key-of-${to.user.toLowerCase()}` : null, to.everybody ?? null],
    );
  }

  async #run(sql: string, values: unknown[] = []): Promise<void> {
    await this.#sites.query(this.#site, sql, values);
  }
}
