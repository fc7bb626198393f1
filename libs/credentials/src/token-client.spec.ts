import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type BffConfig, Secret, UPSTREAM_LIMITS } from '@bff/config';
import { Problem } from '@bff/problems';
import { HttpService } from '@nestjs/axios';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { TokenClient } from './token-client.js';

interface Reply {
  readonly status: number;
  readonly body: object;
}

let endpoint: Server;
let tokenUrl: URL;
/** Null: the endpoint never answers. */
let reply: Reply | null;
let received: IncomingHttpHeaders[];
beforeAll(async () => {
  endpoint = createServer((request, response) => {
    received.push(request.headers);
    if (reply !== null) response.writeHead(reply.status).end(JSON.stringify(reply.body));
  });
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  tokenUrl = new URL(`http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/oauth2/token`);
});
afterAll(() => {
  endpoint.closeAllConnections();
  endpoint.close();
});
beforeEach(() => {
  received = [];
});

const key = { keyId: 'key', secret: () => new Secret('the secret') };

const request = (url = tokenUrl, upstreamTimeoutMs = 5_000): ReturnType<TokenClient['request']> => {
  const clocks = { clock: () => 0, monotonic: () => 0 };
  const config = { ...clocks, upstreamTimeoutMs, nodes: 1, upstreamLimits: UPSTREAM_LIMITS };
  return new TokenClient(new HttpService(), config as BffConfig).request(url, key);
};

async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Problem)) throw new Error('The request was not rejected with a Problem');
  return error;
}

it('a token request uses a connection of its own', async () => {
  reply = { status: 200, body: { access_token: 'token', token_type: 'Bearer', expires_in: 60 } };
  expect(await request()).toEqual({ authorization: 'Bearer token', lifetimeMs: 60_000 });
  expect(received.map(({ connection }) => connection)).toEqual(['close']);
});

it.each([
  [401, {}, 'bff_upstream_credentials_rejected'],
  [403, {}, 'bff_upstream_credentials_rejected'],
  [400, { error: 'invalid_client' }, 'bff_upstream_credentials_rejected'],
  [400, { error: 'unauthorized_client' }, 'bff_upstream_credentials_rejected'],
  [400, { error: 'invalid_request' }, 'bff_upstream_invalid_response'],
  [500, { error: 'invalid_client' }, 'bff_upstream_invalid_response'],
  [429, { error: 'invalid_client' }, 'bff_rate_limited'],
  [503, { error: 'invalid_client' }, 'bff_upstream_unavailable'],
])('status %i with the body %j is rejected with %s and names the status', async (status, body, errorCode) => {
  reply = { status, body };
  const { host } = tokenUrl;
  expect(await problemOf(request())).toMatchObject({
    errorCode,
    detail: `The token endpoint answered ${status}.`,
    peer: `token endpoint ${host}`,
  });
});

it('a token request that is not answered in time is rejected as a timeout of the token phase', async () => {
  reply = null;
  expect(await problemOf(request(tokenUrl, 50))).toMatchObject({
    errorCode: 'bff_upstream_timeout',
    additionalInformation: { phase: 'token' },
    cause: { message: expect.stringContaining('The token request failed') as unknown },
  });
});

it('the cause of an unreachable endpoint has its code, and the request with the secret is not kept', async () => {
  const problem = await problemOf(request(new URL('http://127.0.0.1:1/oauth2/token')));
  expect(problem).toMatchObject({
    errorCode: 'bff_upstream_unreachable',
    cause: { code: 'ECONNREFUSED' },
  });
  expect(Object.keys(problem.cause as object)).toEqual(['code']);
});
