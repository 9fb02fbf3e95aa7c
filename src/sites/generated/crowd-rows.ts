import { hiLoIds } from './hi-lo.ts';
import { hexDigits, uuidOf } from './prng.ts';
import type { RowSource, Value } from './row-source.ts';
import type { SiteFacts } from './site-facts.ts';
import { timestampText } from './timestamps.ts';

const named = ['active', 'created_date', 'updated_date'];
const directoryId = hiLoIds('cwd_directory');
const applicationId = hiLoIds('cwd_application');
const mappingId = hiLoIds('cwd_app_dir_mapping');
const userId = hiLoIds('cwd_user');
const groupId = hiLoIds('cwd_group');

const operations = [
  'CREATE_GROUP',
  'CREATE_ROLE',
  'CREATE_USER',
  'DELETE_GROUP',
  'DELETE_ROLE',
  'DELETE_USER',
  'UPDATE_GROUP',
  'UPDATE_GROUP_ATTRIBUTE',
  'UPDATE_ROLE',
  'UPDATE_ROLE_ATTRIBUTE',
  'UPDATE_USER',
  'UPDATE_USER_ATTRIBUTE',
];

/** In each list by name, as the primary key has it. */
const directories = [
  {
    name: 'Confluence Internal Directory',
    description: 'Confluence default internal directory',
    implementation: 'com.atlassian.crowd.directory.InternalDirectory',
    type: 'INTERNAL',
    attributes: [
      ['password_max_attempts', '0'],
      ['user_encryption_method', 'atlassian-security'],
    ],
  },
  {
    name: 'Directory of example.org',
    description: null,
    implementation: 'com.atlassian.crowd.directory.MicrosoftActiveDirectory',
    type: 'CONNECTOR',
    attributes: [
      ['crowd.sync.incremental.enabled', 'true'],
      ['ldap.basedn', 'dc=example,dc=org'],
      ['ldap.password', 'not-a-real-password \\ "quoted" & <marked>'],
      ['ldap.url', 'ldap://ldap.example.org:389'],
      ['ldap.user.filter', '(&(objectCategory=Person)(sAMAccountName=*))'],
      ['ldap.userdn', 'cn=reader,dc=example,dc=org'],
    ],
  },
];
const applicationAttributes = [
  ['aggregateMemberships', 'true'],
  ['atlassian_sha1_applied', 'true'],
  ['com.sun.jndi.ldap.connect.pool.timeout', '30000'],
];

/** Directories and the application that uses them, with their side tables. */
export function directoryRows(facts: SiteFacts): Record<string, RowSource[]> {
  const begin = timestampText(facts.people.created(0));
  const flat = directories.flatMap((directory, n) =>
    directory.attributes.map((attribute) => [directoryId(n), ...attribute] as Value[]),
  );
  return {
    cwd_directory: [
      {
        columns: [
          'directory_name',
          'lower_directory_name',
          ...named,
          'description',
          'impl_class',
          'lower_impl_class',
          'directory_type',
        ],
        items: directories.length,
        row: (n) => {
          const { name, description, implementation, type } = directories[n]!;
          return [name, name.toLowerCase(), 'T', begin, begin, description, implementation, implementation.toLowerCase(), type];
        },
      },
    ],
    cwd_directory_attribute: [
      { columns: ['directory_id', 'attribute_name', 'attribute_value'], items: flat.length, row: (n) => flat[n]! },
    ],
    cwd_directory_operation: [
      {
        columns: ['directory_id', 'operation_type'],
        items: directories.length,
        perItem: [operations.length],
        row: (directory, n) => [directoryId(directory), operations[n]!],
      },
    ],
    cwd_application: [
      {
        columns: ['application_name', 'lower_application_name', ...named, 'application_type', 'credential'],
        items: 1,
        row: () => ['crowd-embedded', 'crowd-embedded', 'T', begin, begin, 'GENERIC_APPLICATION', 'X'],
      },
    ],
    cwd_application_attribute: [
      {
        columns: ['application_id', 'attribute_name', 'attribute_value'],
        items: applicationAttributes.length,
        row: (n) => [applicationId(0), ...applicationAttributes[n]!],
      },
    ],
    cwd_app_dir_mapping: [
      {
        columns: ['application_id', 'directory_id', 'allow_all', 'list_index'],
        items: directories.length,
        row: (n) => [applicationId(0), directoryId(n), 'T', n],
      },
    ],
    cwd_app_dir_operation: [
      {
        columns: ['app_dir_mapping_id', 'operation_type'],
        items: directories.length,
        perItem: [operations.length],
        row: (mapping, n) => [mappingId(mapping), operations[n]!],
      },
    ],
  };
}

/** Accounts with their attributes. The hashes have the form of real ones and belong to no password. */
export function crowdUserRows(facts: SiteFacts): Record<string, RowSource[]> {
  const { people, options } = facts;
  const hash = facts.hash('account');
  const directory = (user: number) => directoryId(people.userFromLdap(user) ? 1 : 0);
  const texts = ['user_name', 'first_name', 'last_name', 'display_name', 'email_address'];
  return {
    cwd_user: [
      {
        columns: [
          ...texts.flatMap((column) => [column, `lower_${column}`]),
          ...named,
          'external_id',
          'directory_id',
          'credential',
        ],
        items: people.accounts,
        row: (user) => {
          const first = people.first(user);
          const last = people.last(user);
          const display = user % 31 === 17 ? `${last},  ${first} [Example & Co.]` : `${first} ${last}`;
          const created = timestampText(people.created(user));
          const values = [people.name(user), first, last, display, people.email(user)].flatMap((text): Value[] => [
            text,
            text.toLowerCase(),
          ]);
          const salted = Buffer.from(hexDigits(hash, user, 0, 96), 'hex').toString('base64');
          const credential = people.userFromLdap(user) ? 'nopass' : `{PKCS5S2}${salted}`;
          return [...values, user % 37 === 12 ? 'F' : 'T', created, created, uuidOf(hash, user, 50), directory(user), credential];
        },
      },
    ],
    cwd_user_attribute: [
      {
        columns: ['user_id', 'directory_id', 'attribute_name', 'attribute_value', 'attribute_lower_value'],
        items: people.accounts,
        perItem: [3, 2, 1],
        row: (user, n) => {
          const name = ['requiresPasswordChange', 'lastAuthenticated', 'passwordLastChanged'][n]!;
          const value = n === 0 ? 'false' : String(options.now - (hash(user, 60 + n) % 1_000_000_000));
          return [userId(user), directory(user), name, value, value];
        },
      },
    ],
  };
}

/** Groups, nested groups, and who is in which: everyone in the users of his directory, most in one or two more. */
export function crowdGroupRows(facts: SiteFacts): Record<string, RowSource[]> {
  const { people } = facts;
  const begin = timestampText(people.created(0));
  const hash = facts.hash('member');
  const internal = Math.ceil((people.groups * 2) / 3);
  const ldap = people.groups - internal;
  const directory = (group: number) => directoryId(people.groupFromLdap(group) ? 1 : 0);
  /** The n-th group of a user: the first of his directory, then some of the others, none twice. */
  const groupOf = (user: number, n: number) => {
    const [first, size] = people.userFromLdap(user) ? [internal, ldap] : [0, internal];
    // The administrators are the first user's alone.
    const others = first === 0 ? 2 : 1;
    if (n === 0 || size <= others) return first;
    return first + others + ((hash(user) + n) % (size - others));
  };
  return {
    cwd_group: [
      {
        columns: [
          'group_name',
          'lower_group_name',
          ...named,
          'local',
          'description',
          'group_type',
          'directory_id',
          'external_id',
        ],
        items: people.groups,
        row: (group) => {
          const name = people.group(group);
          const description = group % 4 === 0 ? null : `Members of ${name}`;
          const external = people.groupFromLdap(group) ? uuidOf(hash, group, 50) : null;
          return [name, name.toLowerCase(), 'T', begin, begin, 'F', description, 'GROUP', directory(group), external];
        },
      },
    ],
    cwd_group_attribute: [
      {
        columns: ['group_id', 'directory_id', 'attribute_name', 'attribute_value', 'attribute_lower_value'],
        items: Math.ceil(people.groups / 4),
        row: (n) => [groupId(n * 4), directory(n * 4), 'origin', 'Import & Sync', 'import & sync'],
      },
    ],
    cwd_membership: [
      { columns: ['parent_id', 'child_user_id'], items: 1, row: () => [groupId(1), userId(0)] },
      {
        columns: ['parent_id', 'child_user_id'],
        items: people.accounts,
        perItem: people.groups < 12 ? [1] : [2, 1, 3, 2],
        row: (user, n) => [groupId(groupOf(user, n)), userId(user)],
      },
      {
        columns: ['parent_id', 'child_group_id'],
        items: Math.floor((internal - 2) / 5),
        row: (n) => [groupId(2 + n * 5), groupId(3 + n * 5)],
      },
    ],
  };
}
