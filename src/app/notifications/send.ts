import { createHmac } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { OxbowError } from '#base/errors.ts';
import type { Channel } from '#control/notifications/channels.ts';
import type { Application } from '../application.ts';
import { readSecret } from '../config/read-server-config.ts';
import type { NotificationMessage } from './message.ts';

const answerMs = 15_000;

/** What a sealed secret of a channel is sealed as. */
export const channelSecret = (name: string) => `the notification channel ${name}`;

/** Sends a message through a channel. Throws when it was not taken; the message of the error names no secret. */
export async function send(app: Application, channel: Channel, message: NotificationMessage): Promise<void> {
  const secret = channel.secret ? app.secrets.open(channel.secret, channelSecret(channel.name)) : null;
  if (channel.kind === 'email') await sendMail(app, channel.settings as { to?: string }, message);
  else if (channel.kind === 'webhook') await sendWebhook(secret, message);
  else await sendPing(secret, message);
}

async function sendMail(app: Application, { to }: { to?: string }, message: NotificationMessage): Promise<void> {
  const { smtp } = app.config;
  if (!smtp) throw new OxbowError('SMTP_MISSING', 'The server knows no mail server.', { hint: 'Set smtp in the configuration.' });
  const pass = await readSecret({ variable: smtp.passwordVariable, file: smtp.passwordFile }, app.env);
  const transport = createTransport({
    host: smtp.host,
    port: smtp.port,
    secure: smtp.secure,
    ...(smtp.user ? { auth: { user: smtp.user, pass: pass ?? '' } } : {}),
    connectionTimeout: answerMs,
    greetingTimeout: answerMs,
    socketTimeout: answerMs,
  });
  try {
    await transport.sendMail({
      from: smtp.from,
      to,
      subject: `Oxbow: ${message.title}`,
      text: `${message.text}\n\n${message.url}\n`,
      html: `<p>${message.text.split('\n').map(escaped).join('<br>')}</p><p><a href="${escaped(message.url)}">${escaped(message.url)}</a></p>`,
      headers: { 'X-Oxbow-Event': message.event, 'Auto-Submitted': 'auto-generated' },
    });
  } finally {
    transport.close();
  }
}

/** The address is the secret, with the key of the signature after a space, if there is one: both together are what gives access. */
async function sendWebhook(secret: string | null, message: NotificationMessage): Promise<void> {
  const [url, key] = (secret ?? '').split(' ');
  const body = JSON.stringify(message);
  const signature = key ? { 'x-oxbow-signature': `sha256=${createHmac('sha256', key).update(body).digest('hex')}` } : {};
  await request(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'x-oxbow-event': message.event, ...signature },
  });
}

/** As healthchecks.io and its like want it: the address, with /start when work begins and /fail when it failed. */
async function sendPing(secret: string | null, message: NotificationMessage): Promise<void> {
  const end = message.event === 'start' ? '/start' : message.event === 'failure' || message.event === 'overdue' ? '/fail' : '';
  await request(`${(secret ?? '').replace(/\/+$/, '')}${end}`, { method: 'POST', body: message.text });
}

async function request(url: string, init: RequestInit): Promise<void> {
  let response: Response;
  try {
    // Another address than the one that was set is not followed: it could lead anywhere.
    response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(answerMs) });
  } catch (error) {
    const reason = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).name;
    throw new OxbowError('NOTIFICATION_FAILED', `The address does not answer: ${reason}.`, { hint: 'Check the address.' });
  }
  await response.body?.cancel();
  if (!response.ok)
    throw new OxbowError('NOTIFICATION_FAILED', `The address answered ${response.status}.`, { hint: 'Check the address.' });
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]!);
}
