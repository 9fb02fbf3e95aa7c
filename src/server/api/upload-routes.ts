import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { audit } from '#app/access/audit.ts';
import type { Application } from '#app/application.ts';
import { isRegisteredName } from '#app/config/read-server-config.ts';
import { beginUpload, dropUpload, findOwnUpload, mostBytes, takePart } from '#app/uploads/resumable-uploads.ts';
import { OxbowError } from '#base/errors.ts';
import type { Upload } from '#control/uploads/uploads.ts';
import { errorAnswers } from '../contract/shared-contract.ts';
import type { TypedServer } from './typed-server.ts';

const version = '1.0.0';
const tags = ['uploads'];
const nothing = z.null().describe('Done; what there is to say is in headers');

/**
 * Uploads of backups in parts, by the protocol tus 1.0.0 (core, creation, termination, expiration): POST says how large it is, PATCH brings bytes, HEAD tells
 * how many are there. Metadata: `filename`, `site`, `scope` (SITE or SPACE). The answer to the last part names the file in the header Oxbow-File-Name.
 */
export function registerUploadRoutes(server: TypedServer, app: Application): void {
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // The body is not read here: it goes to the disk as it comes.
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.addHook('onSend', async (_request, reply) => {
      reply.header('tus-resumable', version);
    });
    // Programs may leave it out; another version is another protocol.
    scope.addHook('preHandler', async (request, reply) => {
      const asked = request.headers['tus-resumable'];
      if (asked === undefined || asked === version || request.method === 'OPTIONS') return;
      reply.header('tus-version', version);
      throw new OxbowError('TUS_VERSION', `Uploads follow tus ${version}.`, { hint: 'Send Tus-Resumable: 1.0.0.' });
    });
    const url = '/api/uploads';
    scope.route({
      method: 'OPTIONS',
      url,
      config: { access: 'signed-in' },
      schema: { summary: 'What of tus is understood', tags, response: { 204: nothing } },
      handler: async (_request, reply) =>
        await reply
          .code(204)
          .headers({
            'tus-version': version,
            'tus-extension': 'creation,termination,expiration',
            'tus-max-size': String(mostBytes),
          })
          .send(),
    });
    scope.route({
      method: 'POST',
      url,
      config: { access: 'upload' },
      schema: {
        summary: 'Begin an upload (tus)',
        description:
          'Headers: `Upload-Length`, `Upload-Metadata` with `site`, `scope` (SITE or SPACE) and `filename`, each in base64. The address of the upload is in `Location`.',
        tags,
        response: { 201: nothing, ...errorAnswers },
      },
      handler: async (request, reply) => {
        const bytes = Number(request.headers['upload-length']);
        if (!Number.isSafeInteger(bytes) || bytes < 1) throw invalid('Upload-Length is the number of bytes, at least 1');
        const metadata = metadataOf(String(request.headers['upload-metadata'] ?? ''));
        const site = metadata.get('site') ?? '';
        const fileName = metadata.get('filename') ?? '';
        const kind = metadata.get('scope');
        if (kind !== 'SITE' && kind !== 'SPACE') throw invalid('the metadata "scope" is SITE or SPACE');
        if (!isRegisteredName(site) || fileName === '') throw invalid('the metadata "site" and "filename" are missing');
        const upload = await beginUpload(app, request.caller!, { site, scope: kind, fileName, bytes });
        return await state(reply.code(201).header('location', `${url}/${upload.id}`), upload, 0).send();
      },
    });
    scope.route({
      method: 'HEAD',
      url: `${url}/:id`,
      config: { access: 'upload' },
      schema: {
        summary: 'How much of an upload is there (tus)',
        description: 'In the header `Upload-Offset`.',
        tags,
        response: { 200: nothing },
      },
      handler: async (request, reply) => {
        const { upload, offset } = await findOwnUpload(app, request.caller!, idOf(request.params));
        return await state(reply.code(200), upload, offset).send();
      },
    });
    scope.route({
      method: 'PATCH',
      url: `${url}/:id`,
      config: { access: 'upload' },
      // A part may be as large as the whole.
      bodyLimit: Number.MAX_SAFE_INTEGER,
      schema: {
        summary: 'Bring a part of an upload (tus)',
        description:
          'Bytes as application/offset+octet-stream, from `Upload-Offset` on. After the last part `Oxbow-File-Name` is the name of the file, percent-encoded.',
        tags,
        response: { 204: nothing, ...errorAnswers },
      },
      handler: async (request, reply) => {
        if (request.headers['content-type'] !== 'application/offset+octet-stream')
          throw new OxbowError('CONTENT_TYPE', 'A part comes as application/offset+octet-stream.', {
            hint: 'Set Content-Type so.',
          });
        const from = Number(request.headers['upload-offset']);
        if (!Number.isSafeInteger(from) || from < 0) throw invalid('Upload-Offset is where the part begins');
        const { upload, offset } = await takePart(app, request.caller!, idOf(request.params), from, request.raw);
        if (upload.published !== null) {
          await audit(app, request.caller!, {
            action: 'file.upload',
            site: upload.site,
            object: upload.published,
            address: request.ip,
          });
        }
        return await state(reply.code(204), upload, offset).send();
      },
    });
    scope.route({
      method: 'DELETE',
      url: `${url}/:id`,
      config: { access: 'upload' },
      schema: { summary: 'Give an upload up (tus)', tags, response: { 204: nothing, ...errorAnswers } },
      handler: async (request, reply) => {
        await dropUpload(app, request.caller!, idOf(request.params));
        return await reply.code(204).send();
      },
    });
  });
}

function state(reply: FastifyReply, upload: Upload, offset: number): FastifyReply {
  return reply.headers({
    'upload-offset': String(offset),
    'upload-length': String(upload.bytes),
    'upload-expires': upload.expires.toUTCString(),
    ...(upload.published ? { 'oxbow-file-name': encodeURIComponent(upload.published) } : {}),
  });
}

function idOf(params: unknown): string {
  return (params as { id: string }).id;
}

/** `name base64,name base64` */
function metadataOf(header: string): Map<string, string> {
  return new Map(
    header
      .split(',')
      .map((pair) => pair.trim().split(/\s+/))
      .filter(([key]) => key)
      .map(([key, value]) => [key, Buffer.from(value ?? '', 'base64').toString('utf8')]),
  );
}

function invalid(message: string): OxbowError {
  return new OxbowError('REQUEST_INVALID', `${message[0].toUpperCase()}${message.slice(1)}.`, {
    hint: 'See https://tus.io and /api/docs.',
  });
}
