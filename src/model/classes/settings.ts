import type { ClassModel } from '../class-model.ts';
import { base64, boolean, character, double, integer, long, split, string, text, timestamp, user } from '../properties.ts';

const id = (column: string) => ({ name: 'id', column });

/** Settings, properties, keys, tokens, scheduled jobs, audit records. */
export const settingsClasses: ClassModel[] = [
  {
    className: 'ConfluenceBandanaRecord',
    packageName: 'com.atlassian.confluence.setup.bandana',
    table: 'bandana',
    id: id('bandanaid'),
    label: 'setting',
    titleColumn: 'bandanakey',
    properties: [
      string('context', 'bandanacontext'),
      string('key', 'bandanakey', { maxLength: 100 }),
      text('value', 'bandanavalue'),
    ],
  },
  {
    className: 'BucketPropertySetItem',
    packageName: 'bucket.user.propertyset',
    table: 'os_propertyentry',
    compositeId: [
      { name: 'entityName', type: 'string', column: 'entity_name' },
      { name: 'entityId', type: 'long', column: 'entity_id' },
      { name: 'key', type: 'string', column: 'entity_key' },
    ],
    label: 'property',
    titleColumn: 'entity_key',
    properties: [
      integer('type', 'key_type'),
      boolean('booleanVal', 'boolean_val'),
      double('doubleVal', 'double_val'),
      string('stringVal', 'string_val'),
      text('textVal', 'text_val'),
      long('longVal', 'long_val'),
      integer('intVal', 'int_val'),
      timestamp('dateVal', 'date_val'),
    ],
  },
  {
    className: 'AliasedKey',
    packageName: 'com.atlassian.confluence.security.persistence.dao.hibernate',
    table: 'keystore',
    id: id('keyid'),
    label: 'key',
    titleColumn: 'alias',
    properties: [
      string('alias', 'alias'),
      // The XML holds " RSA public MIIB... ", the database the three words in three columns.
      split('key', ['algorithm', 'type', 'keyspec'], {
        split: (value) => /^\s*(\S+)\s+(\S+)\s+([\s\S]*?)\s*$/.exec(value)?.slice(1) ?? null,
        join: (columns) => ` ${columns.join(' ')} `,
      }),
    ],
  },
  {
    className: 'UserLoginInfo',
    packageName: 'com.atlassian.confluence.security.persistence.dao.hibernate',
    table: 'logininfo',
    id: id('id'),
    label: 'log-in record',
    properties: [
      integer('currentFailedLoginCount', 'curfailed'),
      integer('totalFailedLoginCount', 'totalfailed'),
      timestamp('lastSuccessfulLoginDate', 'successdate'),
      timestamp('previousSuccessfulLoginDate', 'prevsuccessdate'),
      timestamp('lastFailedLoginDate', 'faileddate'),
      user('user', 'username', ['username', 'userName']),
    ],
  },
  {
    className: 'ConfluenceRememberMeToken',
    packageName: 'com.atlassian.confluence.user.persistence.dao',
    table: 'remembermetoken',
    id: id('id'),
    label: 'remember-me token',
    properties: [
      string('username', 'username'),
      long('createdTime', 'created', { fallback: { value: '0' } }),
      string('token', 'token'),
    ],
  },
  {
    className: 'SchedulerClusteredJob',
    packageName: 'com.atlassian.confluence.impl.schedule.caesium',
    table: 'scheduler_clustered_jobs',
    id: id('id'),
    label: 'scheduled job',
    titleColumn: 'job_id',
    properties: [
      string('jobId', 'job_id'),
      timestamp('nextRunTime', 'next_run_time'),
      long('version', 'version'),
      string('jobRunnerKey', 'job_runner_key'),
      base64('rawParameters', 'raw_parameters'),
      character('schedType', 'sched_type'),
      string('cronExpression', 'cron_expression'),
      string('cronTimeZone', 'cron_time_zone', { maxLength: 60 }),
      timestamp('intervalFirstRunTime', 'interval_first_run_time'),
      long('intervalMillis', 'interval_millis'),
    ],
  },
  {
    // Named by an importer's tests, not seen in an export; property names as the columns suggest.
    className: 'AuditRecordEntity',
    packageName: 'com.atlassian.confluence.impl.audit',
    table: 'auditrecord',
    id: id('auditrecordid'),
    label: 'audit record',
    titleColumn: 'summary',
    properties: [
      string('summary', 'summary'),
      string('description', 'description'),
      string('category', 'category'),
      string('address', 'address'),
      boolean('sysAdmin', 'sysamdin', { fallback: { value: 'f' } }),
      string('authorName', 'authorname'),
      string('authorFullName', 'authorfullname'),
      string('authorKey', 'authorkey'),
      string('objectName', 'objectname'),
      string('objectType', 'objecttype'),
      string('searchString', 'searchstring', { maxLength: 4000 }),
      long('creationDate', 'creationdate', { fallback: { value: '0' } }),
    ],
  },
];
