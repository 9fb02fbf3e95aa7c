import { hexDigits } from './prng.ts';
import type { RowSource, Value } from './row-source.ts';
import type { SiteFacts } from './site-facts.ts';
import { timestampText } from './timestamps.ts';

/** Name, cron expression or milliseconds of the interval. */
const jobs: [string, string | number][] = [
  ['BackupJob', '0 0 2 * * ?'],
  ['ClearExpiredRememberMeTokensJob', '0 0 0 20 * ?'],
  ['DailyReportJob', '0 0 0 * * ?'],
  ['IndexQueueFlusher', 5000],
  ['JournalCleaner', '0 0 2 * * ?'],
  ['MailQueueFlushJob', 60_000],
  ['TaskQueueFlushJob', 60_000],
  ['PurgeOldJobRunDetails', '0 0 23 * * ?'],
  ['batchingJobConfig', '0 0/10 * 1/1 * ? *'],
  ['com.example.app#syncJob', 900_000],
  ['CleanTempDirectoryJob', '0 0 4 * * ?'],
  ['summaryEmail', '0 0 * * * ?'],
];

/** Scheduled jobs. Parameters are serialized Java in a real site; here bytes that begin like it. */
export function jobRows(facts: SiteFacts): RowSource[] {
  const { now } = facts.options;
  const hash = facts.hash('job');
  const columns = [
    'job_id',
    'next_run_time',
    'version',
    'job_runner_key',
    'raw_parameters',
    'sched_type',
    'cron_expression',
    'cron_time_zone',
    'interval_first_run_time',
    'interval_millis',
  ];
  return [
    {
      columns,
      items: jobs.length,
      row: (n) => {
        const [name, when] = jobs[n]!;
        const parameters = n % 3 === 2 ? `\\xaced0005${hexDigits(hash, n, 0, 200 + n * 10)}` : null;
        const next = timestampText(now + 60_000 * (n + 1));
        if (typeof when === 'string')
          return [name, next, 1 + n, name, parameters, 'C', when, n % 2 === 0 ? 'Europe/Berlin' : null, null, 0];
        return [name, next, 100 + n, name, parameters, 'I', null, null, n % 2 === 0 ? null : timestampText(now - 1000), when];
      },
    },
  ];
}

const audited: [string, string, string][] = [
  ['Space created', 'Spaces', 'Space'],
  ['User created', 'Users and groups', 'User'],
  ['Space permission added', 'Permissions', 'Space'],
  ['Global settings edited', 'Global administration', 'Setting'],
];

export function auditRows(facts: SiteFacts): RowSource[] {
  const { people, spaces, options } = facts;
  const columns = [
    'summary',
    'description',
    'category',
    'address',
    'sysamdin',
    'authorname',
    'authorfullname',
    'authorkey',
    'objectname',
    'objecttype',
    'searchstring',
    'creationdate',
  ];
  const count = 20 + Math.floor(options.pages / 50);
  const begin = people.created(0);
  return [
    {
      columns,
      items: count,
      row: (n): Value[] => {
        const [summary, category, type] = audited[n % audited.length]!;
        const author = n % people.accounts;
        const object = spaces.name(n % spaces.count);
        const full = `${people.first(author)} ${people.last(author)}`;
        const search = `${summary} ${full} ${object}`.toLowerCase();
        const time = begin + Math.floor((options.now - begin) * (n / count));
        return [
          summary,
          n % 2 === 0 ? '' : 'by hand',
          category,
          `192.0.2.${n % 255}`,
          n % 3 === 0 ? 't' : 'f',
          people.name(author),
          full,
          people.key(author),
          object,
          type,
          search,
          time,
        ];
      },
    },
  ];
}
