import { hexDigits } from './prng.ts';
import type { RowSource } from './row-source.ts';
import type { SiteFacts } from './site-facts.ts';
import { timestampText } from './timestamps.ts';

/** The keys of users, ascending. Those who have left keep their key and have no e-mail address. */
export function userMappingRows({ people }: SiteFacts): RowSource[] {
  return [
    {
      columns: ['user_key', 'username', 'lower_username', 'email'],
      items: people.users,
      row: (user) => {
        const name = people.name(user);
        return [people.key(user), name, name.toLowerCase(), user < people.accounts ? people.email(user) : null];
      },
    },
  ];
}

export function loginRows(facts: SiteFacts): RowSource[] {
  const { people, options } = facts;
  const hash = facts.hash('login');
  return [
    {
      columns: ['curfailed', 'totalfailed', 'successdate', 'prevsuccessdate', 'faileddate', 'username'],
      items: people.accounts,
      row: (user) => {
        const last = options.now - (hash(user) % 2_000_000_000);
        const failed = hash(user, 1) % 5;
        return [
          failed === 4 ? 2 : 0,
          failed,
          timestampText(last),
          user % 6 === 0 ? null : timestampText(last - 86_400_000),
          failed === 0 ? null : timestampText(last - 5000),
          people.key(user),
        ];
      },
    },
  ];
}

/** Made-up tokens: 40 hex digits that no server ever gave out. */
export function tokenRows(facts: SiteFacts): RowSource[] {
  const { people, options } = facts;
  const hash = facts.hash('token');
  return [
    {
      columns: ['username', 'created', 'token'],
      items: Math.ceil(people.accounts / 3),
      row: (n) => [people.name(n * 3), options.now - (hash(n) % 1_000_000_000), hexDigits(hash, n, 1, 40)],
    },
  ];
}
