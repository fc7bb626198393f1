import { type FastifyInstance } from 'fastify';
import { parseFormBody } from './form-body.js';
import { parseJsonBody } from './json-body.js';
import { FORM } from './media-type.js';

const PARSERS: readonly (readonly [mediaType: string, parse: (body: Buffer) => unknown])[] = [
  ['application/json', parseJsonBody],
  [FORM, parseFormBody],
];

/** Registers the parsers of the accepted media types; all others are rejected with 415. */
export function installBodyParsers(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  for (const [mediaType, parse] of PARSERS) {
    fastify.addContentTypeParser(mediaType, { parseAs: 'buffer' }, (_request, body, done) => {
      try {
        done(null, parse(body as Buffer));
      } catch (error) {
        done(error as Error);
      }
    });
  }
}
