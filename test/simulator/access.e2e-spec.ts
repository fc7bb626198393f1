import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  accountPath,
  admin,
  askForToken,
  basic,
  client,
  projectId,
  putAdmin,
  putProject,
  startBench,
  type Bench,
} from './harness.js';

const allServers = [
  'production',
  'staging',
  'staging-dev',
  'admin-production',
  'admin-staging',
  'admin-staging-dev',
];

describe('access to the Sinch simulator', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await startBench();
    await putProject(bench, { account: 'ONBOARDED' });
    await putAdmin(bench);
  });
  afterEach(() => bench.simulator.close());

  const get = (authorization: string | undefined, server?: string, project?: string) =>
    bench.send(accountPath(server, project), { authorization });

  it('a token has the form of a JWT with an expiry', async () => {
    const { status, body, headers } = await askForToken(bench, 'production');

    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'bearer',
      expires_in: 3600,
      scope: '',
    });
    const [, payload = ''] = String(body['access_token']).split('.');
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    expect(claims).toMatchObject({ sub: client.keyId, exp: bench.clock.at / 1000 + 3600 });
  });

  it('a public server accepts Basic and Bearer authentication', async () => {
    expect((await get(basic(client))).status).toBe(200);
    expect((await get(`Bearer ${await bench.token('production')}`)).status).toBe(200);
  });

  it('a key may hold several tokens at once', async () => {
    const tokens = [await bench.token('production'), await bench.token('production')];

    expect(tokens[0]).not.toBe(tokens[1]);
    for (const token of tokens) expect((await get(`Bearer ${token}`)).status).toBe(200);
  });

  it('a token expires after an hour, and the response says so', async () => {
    const token = await bench.token('production');
    bench.clock.at += 3600 * 1000 - 1;
    expect((await get(`Bearer ${token}`)).status).toBe(200);

    bench.clock.at += 1;
    const { status, body, headers } = await get(`Bearer ${token}`);

    expect(status).toBe(401);
    expect(body).toMatchObject({ errorCode: 'unauthorized_error' });
    expect(headers.get('www-authenticate')).toBe(
      'Bearer error="invalid_token", error_description="The access token expired"',
    );
  });

  it.each([
    ['no credentials', undefined, /^Basic realm=/],
    ['a wrong secret', basic({ ...client, keySecret: 'wrong' }), /^Basic realm=/],
    ['a scheme of another kind', 'Digest abc', /^Basic realm=/],
    ['a made-up token', 'Bearer a.b.c', /^Bearer error="invalid_token"$/],
  ])('a request with %s is rejected without mention of expiry', async (_, authorization, challenge) => {
    const { status, body, headers } = await get(authorization);

    expect(status).toBe(401);
    expect(body).toEqual({
      errorCode: 'unauthorized_error',
      message: 'Unauthorized error.',
      resolution: 'Check the project id and the credentials.',
    });
    expect(headers.get('www-authenticate')).toMatch(challenge);
  });

  it('a key gives access only to the projects it is registered for', async () => {
    const other = { keyId: 'key-of-harbour', keySecret: 'secret-of-harbour' };
    await putProject(bench, { projectId: 'harbour', clients: [other], account: 'ONBOARDED' });

    expect((await get(basic(client), 'production', 'harbour')).status).toBe(401);
    expect((await get(basic(client), 'production', 'unheard-of')).status).toBe(401);
    expect((await get(`Bearer ${await bench.token('production')}`, 'production', 'harbour')).status).toBe(
      401,
    );
    expect((await get(basic(other), 'production', 'harbour')).status).toBe(200);
  });

  it.each(allServers.filter((server) => server !== 'production'))(
    'a production key and its token are rejected by %s',
    async (server) => {
      for (const environment of ['staging', 'staging-dev'])
        await putProject(bench, { environment, clients: [], account: 'ONBOARDED' });
      const token = await bench.token('production');

      expect((await get(basic(client), server)).status).toBe(401);
      expect((await get(`Bearer ${token}`, server)).status).toBe(401);
      expect((await askForToken(bench, server)).status).toBe(401);
    },
  );

  it.each(allServers.filter((server) => server !== 'admin-production'))(
    'an admin token of production is rejected by %s',
    async (server) => {
      const token = await bench.token('admin-production', admin);

      expect((await get(`Bearer ${token}`, server)).status).toBe(401);
    },
  );

  it('an admin server accepts only tokens', async () => {
    const withBasic = await get(basic(admin), 'admin-production');
    expect(withBasic.status).toBe(401);
    expect(withBasic.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');

    const token = await bench.token('admin-production', admin);
    expect((await get(`Bearer ${token}`, 'admin-production')).status).toBe(200);
  });

  it('a replaced client loses its tokens too', async () => {
    const token = await bench.token('production');
    await putProject(bench, { clients: [{ ...client, keySecret: 'rotated' }] });

    const { status, headers } = await get(`Bearer ${token}`);

    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });

  it.each([
    ['an unknown client', 401, 'invalid_client', { authorization: basic({ ...client, keySecret: 'no' }) }],
    ['no client', 401, 'invalid_client', { authorization: undefined }],
    ['another grant', 400, 'unsupported_grant_type', { text: 'grant_type=password' }],
    ['no grant', 400, 'invalid_request', { text: 'scope=x' }],
    ['JSON', 400, 'invalid_request', { text: '{}', contentType: 'application/json' }],
  ])('the token endpoint rejects %s with %i %s', async (_, status, error, options) => {
    const reply = await askForToken(bench, 'production', options);

    expect(reply.status).toBe(status);
    expect(reply.body).toEqual({ error, error_description: expect.any(String) });
  });

  it('each server accepts thirty token requests at once and then ten per second', async () => {
    const ask = async (count: number): Promise<number[]> => {
      const replies = [];
      for (let index = 0; index < count; index += 1) replies.push(await askForToken(bench, 'production'));
      return replies.map(({ status }) => status);
    };
    expect(new Set(await ask(30))).toEqual(new Set([200]));

    const rejected = await askForToken(bench, 'production');
    expect(rejected.status).toBe(429);
    expect(rejected.headers.has('retry-after')).toBe(false);
    expect(rejected.body).toEqual({ error: 'too_many_requests', error_description: expect.any(String) });
    expect(await bench.token('admin-production', admin)).toContain('.');

    bench.clock.at += 1000;
    expect((await ask(11)).filter((status) => status === 200)).toHaveLength(10);
  });

  it('each request is logged as one line without secrets, tokens, queries or bodies', async () => {
    const token = await bench.token('production');
    bench.lines.length = 0;

    await bench.send(`${accountPath()}/activities?pageToken=secret-page`, {
      authorization: `Bearer ${token}`,
    });
    await get(basic({ keyId: 'secret-pasted-here', keySecret: 'x' }));

    expect(bench.lines).toEqual([
      {
        server: 'production',
        method: 'GET',
        path: `${accountPath()}/activities`,
        status: 400,
        projectId,
        keyId: client.keyId,
        ms: 0,
      },
      {
        server: 'production',
        method: 'GET',
        path: accountPath(),
        status: 401,
        projectId,
        keyId: null,
        ms: 0,
      },
    ]);
  });
});
