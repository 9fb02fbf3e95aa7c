import { modelColumns } from '#model/model.ts';
import { xmlToColumn } from '#model/value-codec.ts';
import type { XmlObject } from '../scan/xml-object.ts';
import { columnIndex, type RowSpool } from './row-spool.ts';

/** What Confluence's own internal directory is allowed to do. */
const allOperations = ['USER', 'GROUP', 'ROLE'].flatMap((kind) => [
  `CREATE_${kind}`,
  `UPDATE_${kind}`,
  `UPDATE_${kind}_ATTRIBUTE`,
  `DELETE_${kind}`,
]);

const users = 'old:users';
const groups = 'old:groups';
const members = 'old:members';

/**
 * The users and groups of 3.x (`DefaultHibernateUser`, `DefaultHibernateGroup`) become users, groups and memberships of an internal Crowd
 * directory, as Confluence's own upgrade to 3.5 did. They keep their ids (all come from one generator); the directory gets a new one.
 */
export class OldUsers {
  readonly #spool: RowSpool;
  #seen = false;

  constructor(spool: RowSpool) {
    this.#spool = spool;
  }

  /** True when the object was one of the two classes. */
  take(object: XmlObject): boolean {
    if (object.className !== 'DefaultHibernateUser' && object.className !== 'DefaultHibernateGroup') return false;
    if (object.id === null) return true;
    this.#seen = true;
    const isUser = object.className === 'DefaultHibernateUser';
    const value = (name: string) => {
      const field = object.fields.find((candidate) => candidate.name === name);
      return field?.kind === 'value' ? field.text : null;
    };
    if (isUser) {
      const created = value('created');
      this.#spool.addRow(users, object.id, [
        object.id,
        value('name') ?? object.id,
        value('password'),
        value('email'),
        value('fullName'),
        created === null ? null : (xmlToColumn('timestamp', created) ?? null),
      ]);
    } else this.#spool.addRow(groups, object.id, [object.id, value('name') ?? object.id]);
    for (const field of object.fields) {
      if (field.kind !== 'collection' || (field.name !== 'groups' && field.name !== 'localMembers')) continue;
      for (const element of field.elements) {
        if (element.kind !== 'reference') continue;
        const [group, user] = isUser ? [element.id, object.id] : [object.id, element.id];
        this.#spool.addRow(members, `${group}\t${user}`, [group, user]);
      }
    }
    return true;
  }

  /** Adds the rows of the Crowd tables. `newId` gives an id that nothing in the backup has. */
  async finish(
    newId: () => string,
    userNamed: (name: string) => void,
    readRows: (table: string) => AsyncIterable<(string | null)[]>,
  ): Promise<void> {
    if (!this.#seen) return;
    const directory = newId();
    const application = newId();
    const mapping = newId();
    const epoch = '1970-01-01 00:00:00';
    const add = (table: string, key: string, values: Record<string, string | null>) => {
      const row: (string | null)[] = new Array(modelColumns(table).length).fill(null);
      for (const [column, value] of Object.entries(values)) row[columnIndex(table, column)] = value;
      this.#spool.addRow(table, key, row);
    };
    const both = (prefix: string, name: string) => ({ [`${prefix}_name`]: name, [`lower_${prefix}_name`]: name.toLowerCase() });
    const life = { active: 'T', created_date: epoch, updated_date: epoch };
    add('cwd_directory', directory, {
      id: directory,
      ...both('directory', 'Confluence Internal Directory'),
      ...life,
      description: 'Confluence default internal directory',
      impl_class: 'com.atlassian.crowd.directory.InternalDirectory',
      lower_impl_class: 'com.atlassian.crowd.directory.internaldirectory',
      directory_type: 'INTERNAL',
    });
    add('cwd_directory_attribute', `${directory}\tuser_encryption_method`, {
      directory_id: directory,
      attribute_name: 'user_encryption_method',
      attribute_value: 'atlassian-security',
    });
    add('cwd_application', application, {
      id: application,
      ...both('application', 'crowd-embedded'),
      ...life,
      application_type: 'CROWD',
      credential: 'X',
    });
    add('cwd_app_dir_mapping', mapping, {
      id: mapping,
      application_id: application,
      directory_id: directory,
      allow_all: 'T',
      list_index: '0',
    });
    for (const operation of allOperations) {
      add('cwd_directory_operation', `${directory}\t${operation}`, { directory_id: directory, operation_type: operation });
      add('cwd_app_dir_operation', `${mapping}\t${operation}`, { app_dir_mapping_id: mapping, operation_type: operation });
    }
    for await (const [id, name, password, email, fullName, created] of readRows(users)) {
      const display = fullName ?? name!;
      const [first, last] = [
        display.slice(0, Math.max(0, display.lastIndexOf(' '))),
        display.slice(display.lastIndexOf(' ') + 1),
      ];
      add('cwd_user', id!, {
        id,
        ...both('user', name!),
        active: 'T',
        created_date: created ?? epoch,
        updated_date: created ?? epoch,
        first_name: first,
        lower_first_name: first.toLowerCase(),
        last_name: last,
        lower_last_name: last.toLowerCase(),
        display_name: display,
        lower_display_name: display.toLowerCase(),
        email_address: email,
        lower_email_address: email?.toLowerCase() ?? null,
        directory_id: directory,
        credential: password,
      });
      userNamed(name!);
    }
    for await (const [id, name] of readRows(groups)) {
      add('cwd_group', id!, { id, ...both('group', name!), ...life, local: 'F', group_type: 'GROUP', directory_id: directory });
    }
    for await (const [group, user] of readRows(members)) {
      const id = newId();
      add('cwd_membership', id, { id, parent_id: group, child_user_id: user });
    }
  }
}
