import { z } from 'zod';
import { audit } from '#app/access/audit.ts';
import type { Application } from '#app/application.ts';
import { allChannels, createChannel, deleteChannel, testChannel, updateChannel } from '#app/notifications/channel-service.ts';
import type { Channel } from '#control/notifications/channels.ts';
import { type ChannelAnswer, channel, newChannelBody, testAnswer } from '../contract/notification-contract.ts';
import { errorAnswers, idText } from '../contract/shared-contract.ts';
import type { TypedServer } from './typed-server.ts';

const tags = ['notifications'];
const params = z.object({ id: idText });

/** Who is told of what, and a test of it. */
export function registerNotificationRoutes(server: TypedServer, app: Application): void {
  server.get(
    '/api/notifications',
    {
      config: { access: 'manage-notifications' },
      schema: { summary: 'List channels', tags, response: { 200: z.array(channel), ...errorAnswers } },
    },
    async () => (await allChannels(app)).map(channelAnswer),
  );
  server.post(
    '/api/notifications',
    {
      config: { access: 'manage-notifications' },
      schema: { summary: 'Add a channel', tags, body: newChannelBody, response: { 201: channel, ...errorAnswers } },
    },
    async (request, reply) => {
      const made = await createChannel(app, request.body);
      await audit(app, request.caller!, { action: 'notification.add', object: made.name, address: request.ip });
      return await reply.code(201).send(channelAnswer(made));
    },
  );
  server.put(
    '/api/notifications/:id',
    {
      config: { access: 'manage-notifications' },
      schema: { summary: 'Change a channel', tags, params, body: newChannelBody, response: { 200: channel, ...errorAnswers } },
    },
    async (request) => {
      const changed = await updateChannel(app, request.params.id, request.body);
      await audit(app, request.caller!, { action: 'notification.change', object: changed.name, address: request.ip });
      return channelAnswer(changed);
    },
  );
  server.delete(
    '/api/notifications/:id',
    {
      config: { access: 'manage-notifications' },
      schema: { summary: 'Remove a channel', tags, params, response: { 204: z.null(), ...errorAnswers } },
    },
    async (request, reply) => {
      await deleteChannel(app, request.params.id);
      await audit(app, request.caller!, { action: 'notification.remove', object: request.params.id, address: request.ip });
      return await reply.code(204).send(null);
    },
  );
  server.post(
    '/api/notifications/:id/test',
    {
      config: { access: 'manage-notifications' },
      schema: { summary: 'Send a test now', tags, params, response: { 200: testAnswer, ...errorAnswers } },
    },
    (request) => testChannel(app, request.params.id),
  );
}

function channelAnswer({
  id,
  name,
  kind,
  enabled,
  events,
  site,
  settings,
  lastSent,
  lastError,
  lastErrorTime,
}: Channel): ChannelAnswer {
  return {
    id,
    name,
    kind,
    enabled,
    events,
    site,
    target: String(settings.to ?? settings.host ?? ''),
    lastSent: lastSent?.toISOString() ?? null,
    lastError,
    lastErrorTime: lastErrorTime?.toISOString() ?? null,
  };
}
