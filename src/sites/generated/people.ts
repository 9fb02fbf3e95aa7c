import { hasher, hexDigits } from './prng.ts';
import type { ResolvedOptions } from './site-options.ts';

/** The users and groups of a generated site, by number. All names are made up; addresses lie in domains reserved for examples. */
export interface People {
  users: number;
  /** Users that still have an account: the last ones have left and are known by key and name only. */
  accounts: number;
  groups: number;
  /** 32 hex digits, ascending with the number. Memory: one string a user. */
  key(user: number): string;
  name(user: number): string;
  first(user: number): string;
  last(user: number): string;
  email(user: number): string;
  created(user: number): number;
  group(group: number): string;
  /** True for users and groups of the second directory (LDAP): the last third. */
  userFromLdap(user: number): boolean;
  groupFromLdap(group: number): boolean;
}

const list = (words: string) => words.split(' ');
const given = list(
  'Ada Ben Carla Dmitri Elif Farid Grete Hana Igor Jana Kofi Lena Marco Nadia Olaf Petra Quentin Rosa Sven Tara Ugo Vera Wim Xenia Yusuf Zoe Amir Bela Chloe Dora Emil Freya',
);
const family = list(
  'Adler Brook Castell Dvorak Ekberg Falk Grau Holm Ivanov Jansen Keller Lind Moreau Novak Okafor Petrov Quist Rossi Sato Tanaka Ueda Varga Weber Xu Yilmaz Zeman Abril Bauer Conti Duarte Engel Fabre Garnier Haas Ilves Jovic Kraus',
);
/** Given and family names as their owners write them, for every seventh user. */
const written: [string, string][] = [
  ['Ελένη', 'Παπαδάκη'],
  ['Алексей', 'Смирнов'],
  ['ليلى', 'حداد'],
  ['伟', '王'],
  ['지우', '김'],
  ['Zoë', 'Müller-Lüdenscheidt'],
  ['Siobhán', 'O’Brien'],
  ['Ngọc', 'Nguyễn'],
];
const departments = list('design finance legal marketing operations platform quality research sales security support training');

export function makePeople(options: ResolvedOptions): People {
  const { users, seed } = options;
  const accounts = users - Math.floor(users / 40);
  const begin = options.now - 8 * 365 * 86_400_000;
  const step = Math.floor((options.now - begin) / (users + 1));
  const created = (user: number) => begin + user * step;
  const node = hexDigits(hasher(seed, 'user-key'), 1, 0, 16);
  const keys: string[] = [];
  for (let user = 0; user < users; user++) {
    keys.push(node + created(user).toString(16).padStart(12, '0') + (user & 0xffff).toString(16).padStart(4, '0'));
  }
  const first = (user: number) => (user % 7 === 3 ? written[(user >> 3) % written.length]![0] : given[user % given.length]!);
  const last = (user: number) => (user % 7 === 3 ? written[(user >> 3) % written.length]![1] : family[familyOf(user)]!);
  const ldapFrom = Math.ceil((users * 2) / 3);
  const internalGroups = Math.ceil((options.groups * 2) / 3);
  const plainName = (user: number) => {
    const round = Math.floor(user / (given.length * family.length));
    return `${given[user % given.length]}.${family[familyOf(user)]}${round === 0 ? '' : round + 1}`.toLowerCase();
  };
  const domain = (user: number) => (user % 3 === 0 ? 'example.org' : 'example.com');
  return {
    users,
    accounts,
    groups: options.groups,
    key: (user) => keys[user]!,
    name: (user) => {
      if (user === 0) return 'admin';
      if (user % 29 === 11) return `${plainName(user)}@${domain(user)}`;
      return user % 23 === 5 ? plainName(user).replace(/\b./g, (c) => c.toUpperCase()) : plainName(user);
    },
    first: (user) => (user === 0 ? 'Site' : first(user)),
    last: (user) => (user === 0 ? 'Administrator' : last(user)),
    email: (user) => (user === 0 ? 'admin@example.com' : `${plainName(user)}@${domain(user)}`),
    created,
    group: (group) => {
      if (group === 0) return 'confluence-users';
      if (group === 1) return 'confluence-administrators';
      if (group === internalGroups) return 'confluence-users';
      const round = Math.floor(group / departments.length);
      const name = `${departments[group % departments.length]}${round === 0 ? '' : `-${round + 1}`}`;
      return group > internalGroups ? `ldap-${name}` : group % 9 === 4 ? `Team ${name}` : name;
    },
    userFromLdap: (user) => user >= ldapFrom,
    groupFromLdap: (group) => group >= internalGroups,
  };
}

/** With the given name it makes a pair that no other user of the same round has. */
function familyOf(user: number): number {
  return (Math.floor(user / given.length) + (user % given.length) * 5) % family.length;
}
