import { expect, it } from 'vitest';
import { jobStates, jobTypes } from '#control/jobs/job.ts';
import { jobState, jobType } from './job-contract.ts';

// The console's bundle takes the contract and must not take the control database with it: hence two lists.
it('promises exactly the types and states of the jobs in the control database', () => {
  expect(jobType.options).toEqual(jobTypes);
  expect(jobState.options).toEqual(jobStates);
});
