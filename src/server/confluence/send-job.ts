import type { FastifyReply } from 'fastify';
import type { Job } from '#control/jobs/job.ts';
import { confluenceJobJson } from './confluence-job.ts';

export function sendJob(reply: FastifyReply, job: Job): FastifyReply {
  return sendJson(reply, confluenceJobJson(job));
}

/** What is JSON already. */
export function sendJson(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(text);
}
