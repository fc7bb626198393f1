import { type IncomingMessage } from 'node:http';
import { Text } from '@bff/problems';
import { describe, expect, it } from '@jest/globals';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { hasBody, inputCheck } from './input-checks.js';
import { type RouteInput } from './route-input.js';
import { type RouteName } from './routes.js';

interface Sent {
  readonly operation: RouteName;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: object;
  readonly body?: unknown;
}

/** The sentences of the rejection; null if the input is accepted. */
function sentencesOf(sent: Sent, input?: RouteInput): Promise<readonly string[] | null> {
  const { operation, method = 'GET', headers = {}, query = {}, body } = sent;
  const raw = { headers, url: `/x${Object.keys(query).length === 0 ? '' : '?query'}` };
  const request = { raw, method, query, body, bff: { operation } } as unknown as FastifyRequest;
  return new Promise((resolve) => {
    inputCheck(input)(request, {} as FastifyReply, (error) => {
      resolve(error === undefined ? null : (error as unknown as { sentences: readonly string[] }).sentences);
    });
  });
}

it.each([
  [{}, false],
  [{ 'content-length': '0' }, false],
  [{ 'content-length': '1' }, true],
  [{ 'transfer-encoding': 'chunked' }, true],
  [{ 'transfer-encoding': 'chunked', 'content-length': '0' }, true],
])('a request with the headers %j has a body: %s', (headers, expected) => {
  expect(hasBody({ headers } as unknown as IncomingMessage)).toBe(expected);
});

describe('the input of a request', () => {
  it('has at most one Content-Type', async () => {
    const headers = { 'content-type': 'application/json, application/json' };
    const rejected = await sentencesOf({ operation: 'sessions.list', headers });
    expect(rejected).toEqual(['Content-Type must not be repeated']);
  });

  it('has no query parameter on a route without parameters', async () => {
    const rejected = await sentencesOf({ operation: 'session.read', query: { pageSize: '1' } });
    expect(rejected).toEqual(['pageSize should not exist']);
    expect(await sentencesOf({ operation: 'sessions.list', query: { pageSize: '1' } })).toBeNull();
  });

  it('has no query parameter with the name of an inherited property (VAL-03)', async () => {
    const query = Object.assign(Object.create(null) as object, { constructor: '1' });
    const rejected = await sentencesOf({ operation: 'sessions.list', query });
    expect(rejected).toEqual([expect.stringContaining('constructor')]);
  });

  it.each([
    [['a'], ['body should not exist']],
    ['text', ['body should not exist']],
    [{ a: 1, b: 2 }, ['a should not exist', 'b should not exist']],
    [{}, null],
    [null, null],
  ])('has no field in the body %j of a DELETE', async (body, expected) => {
    expect(await sentencesOf({ operation: 'sessions.end-others', method: 'DELETE', body })).toEqual(expected);
  });

  it('is accepted or rejected after asynchronous rules', async () => {
    class Body {
      @Text(10) name!: string;
    }
    const sent = { operation: 'admin.users.create', method: 'POST', body: { name: 'a' } } as const;
    expect(await sentencesOf(sent, { body: Body, bodyRules: () => Promise.resolve() })).toBeNull();
    const bodyRules = (): Promise<void> =>
      Promise.reject(Object.assign(new Error(), { sentences: ['a rule'] }));
    expect(await sentencesOf(sent, { body: Body, bodyRules })).toEqual(['a rule']);
  });
});
