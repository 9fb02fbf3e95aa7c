import { OxbowError } from '#base/errors.ts';
import {
  addChannel,
  type Channel,
  type ChannelKind,
  changeChannel,
  listChannels,
  type NotificationEvent,
  noteDelivery,
  readChannel,
  removeChannel,
} from '#control/notifications/channels.ts';
import type { Application } from '../application.ts';
import { testMessage } from './message.ts';
import { channelSecret, send } from './send.ts';

export interface NewChannel {
  name: string;
  kind: ChannelKind;
  enabled: boolean;
  events: NotificationEvent[];
  site?: string | null | undefined;
  /** email: addresses, separated by commas. */
  to?: string | undefined;
  /** webhook, ping: kept sealed, for who knows it may use it. Absent in a change: as it was. */
  url?: string | undefined;
  /** webhook: by it the receiver knows that it is us. */
  signingKey?: string | undefined;
}

/** Errors: CHANNEL_INCOMPLETE. */
export async function createChannel(app: Application, wanted: NewChannel): Promise<Channel> {
  return await addChannel(app.control, valuesOf(app, wanted, null), app.now());
}

/** Errors: CHANNEL_UNKNOWN, CHANNEL_INCOMPLETE. */
export async function updateChannel(app: Application, id: string, wanted: NewChannel): Promise<Channel> {
  const before = await findChannel(app, id);
  const changed = await changeChannel(app.control, id, valuesOf(app, wanted, before));
  if (!changed) throw unknown(id);
  return changed;
}

export async function deleteChannel(app: Application, id: string): Promise<void> {
  if (!(await removeChannel(app.control, id))) throw unknown(id);
}

export async function allChannels(app: Application): Promise<Channel[]> {
  return await listChannels(app.control);
}

export async function findChannel(app: Application, id: string): Promise<Channel> {
  const channel = await readChannel(app.control, id);
  if (!channel) throw unknown(id);
  return channel;
}

/** Sends a test at once; what went wrong is told in words. Errors: CHANNEL_UNKNOWN. */
export async function testChannel(app: Application, id: string): Promise<{ ok: boolean; message: string }> {
  const channel = await findChannel(app, id);
  try {
    await send(app, channel, testMessage(app, channel.name));
    await noteDelivery(app.control, id, null, app.now());
    return { ok: true, message: 'It was taken.' };
  } catch (error) {
    const message = (error as Error).message;
    await noteDelivery(app.control, id, message, app.now());
    return { ok: false, message };
  }
}

function valuesOf(app: Application, wanted: NewChannel, before: Channel | null) {
  const { name, kind, enabled, events, site = null, to, url, signingKey } = wanted;
  const incomplete = (message: string) => new OxbowError('CHANNEL_INCOMPLETE', message, { hint: 'Complete the channel.' });
  if (kind === 'email' && !/^[^\s@,]+@[^\s@,]+(\s*,\s*[^\s@,]+@[^\s@,]+)*$/.test(to ?? ''))
    throw incomplete('An e-mail needs addresses.');
  if (kind !== 'email' && url === undefined && (before?.kind !== kind || before.name !== name))
    throw incomplete('It needs an address.');
  const parsed = url === undefined ? null : URL.parse(url);
  if (url !== undefined && (!parsed || !/^https?:$/.test(parsed.protocol)))
    throw incomplete('The address begins with https:// or http://.');
  const secret =
    url === undefined
      ? null
      : app.secrets.seal([parsed!.href, ...(signingKey ? [signingKey] : [])].join(' '), channelSecret(name));
  return {
    name,
    kind,
    enabled,
    events: [...events],
    site,
    settings: kind === 'email' ? { to } : { host: parsed?.host ?? before?.settings.host },
    secret,
  };
}

function unknown(id: string): OxbowError {
  return new OxbowError('CHANNEL_UNKNOWN', `There is no channel ${id.slice(0, 20)}.`, { hint: 'It may have been removed.' });
}
