import { describe, expect, it } from 'vitest';
import type { Job } from '#control/jobs/job.ts';
import { confluenceFile, confluenceJobJson } from './confluence-job.ts';

const job: Job = {
  id: '1',
  type: 'site-backup',
  queue: 'site:wiki',
  site: 'wiki',
  vault: null,
  state: 'FINISHED',
  owner: 'admin',
  realm: 'wiki',
  scheduleId: null,
  runAgainOf: null,
  parameters: {},
  spaceKeys: [],
  held: false,
  created: new Date('2020-01-01T01:01:01.999Z'),
  started: new Date('2020-01-01T01:01:02Z'),
  finished: new Date('2020-01-01T01:02:01Z'),
  cancelled: null,
  cancelledBy: null,
  error: null,
  file: {
    name: 'backup-2020-01-01.zip',
    path: '/x/backup-2020-01-01.zip',
    bytes: 7,
    exists: true,
    deleteTime: new Date('2020-01-04T01:01:01Z'),
  },
  keepPermanently: false,
  snapshotId: null,
  phase: null,
  records: { total: 50, processed: 40, persisted: 30, skipped: 3, reused: 2 },
  bytesProcessed: 0,
  warnings: 0,
  worker: null,
  result: null,
};

const read = (changes: Partial<Job>) => JSON.parse(confluenceJobJson({ ...job, ...changes }));

describe('a job in the form of Confluence', () => {
  it('is written to the letter', () => {
    expect(confluenceJobJson(job)).toBe(
      '{"id":1,"jobOperation":"BACKUP","jobScope":"SITE","jobState":"FINISHED","createTime":"2020-01-01T01:01:01Z",' +
        '"startProcessingTime":"2020-01-01T01:01:02Z","finishProcessingTime":"2020-01-01T01:02:01Z","cancelTime":null,"errorMessage":null,' +
        '"owner":"admin","cancelledBy":null,"fileName":"backup-2020-01-01.zip","spaceKeys":null,"fileDeleteTime":"2020-01-04T01:01:01Z",' +
        '"fileExists":true,"statistics":{"totalObjectsCount":50,"processedObjectsCount":40,"persistedObjectsCount":30,"skippedObjectsCount":3,' +
        '"reusedObjectsCount":2}}',
    );
  });

  it('keeps an id of 64 bits exact, as a number', () => {
    for (const id of ['3256844303', '9007199254740993', '9223372036854775807']) {
      expect(confluenceJobJson({ ...job, id })).toMatch(new RegExp(`^\\{"id":${id},"jobOperation"`));
    }
  });

  it('names several spaces in one text', () => {
    expect(read({ type: 'space-backup', spaceKeys: ['DS', '~ada'] })).toMatchObject({ jobScope: 'SPACE', spaceKeys: 'DS,~ada' });
  });

  it('has no file before a backup is finished, and the one that it restores from the beginning', () => {
    for (const state of ['QUEUED', 'PROCESSING', 'COMPLETING', 'CANCELLING', 'CANCELLED', 'FAILED'] as const) {
      expect(read({ state }).fileName).toBe(null);
      expect(read({ state, type: 'site-restore' })).toMatchObject({ fileName: 'backup-2020-01-01.zip', jobOperation: 'RESTORE' });
    }
    expect(read({ file: null })).toMatchObject({ fileName: null, fileExists: false, fileDeleteTime: null });
  });

  it('says when it was cancelled and by whom, and not that it was finished', () => {
    const cancelled = new Date('2020-01-01T01:02:01Z');
    expect(read({ state: 'CANCELLED', cancelled, finished: cancelled, cancelledBy: 'ada' })).toMatchObject({
      cancelTime: '2020-01-01T01:02:01Z',
      finishProcessingTime: null,
      cancelledBy: 'ada',
    });
  });

  it('says what failed and what to do', () => {
    const error = { code: 'DISK_SPACE', message: 'The disk is full.', hint: 'Make room.' };
    expect(read({ state: 'FAILED', error })).toMatchObject({
      errorMessage: 'The disk is full. Make room.',
      finishProcessingTime: '2020-01-01T01:02:01Z',
    });
  });

  it('is a backup where it was exported from a snapshot', () => {
    expect(read({ type: 'export' })).toMatchObject({ jobOperation: 'BACKUP', jobScope: 'SITE' });
    expect(read({ type: 'export', spaceKeys: ['DS'] })).toMatchObject({ jobOperation: 'BACKUP', jobScope: 'SPACE' });
  });

  it('has files with name, time, size and scope', () => {
    const created = new Date('2020-01-01T01:01:01.500Z');
    expect(confluenceFile({ fileName: 'a.zip', scope: 'SPACE', path: '/x/a.zip', bytes: 9, created })).toEqual({
      fileName: 'a.zip',
      fileCreationTime: '2020-01-01T01:01:01Z',
      fileSize: 9,
      jobScope: 'SPACE',
    });
  });
});
