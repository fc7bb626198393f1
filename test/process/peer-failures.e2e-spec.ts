import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { PeerFailure } from '@bff/problems';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { operatorProgram } from '../../apps/bff/src/cli/program.js';
import { Browser } from '../support/browser.js';
import { readPage } from '../support/forwarding.js';
import { eventually } from '../support/eventually.js';
import { type Program, Programs } from '../support/program.js';
import { type Reply } from '../support/reply.js';
import { selfSigned } from '../support/self-signed.js';
import { type SixUpstreams, startSixUpstreams } from '../support/six-upstreams.js';
import { startBff } from '../support/start-bff.js';
import { lastingDatabase, TEST_KEYS, type TestDatabase } from '../support/test-database.js';
import { the } from '../support/the.js';

const home = mkdtempSync(join(tmpdir(), 'bff-peers-'));
const programs = new Programs();
const impostor = createServer(selfSigned({ for: '127.0.0.1' }));
let database: TestDatabase;
let sinch: SixUpstreams;
let program: Program;
let browser: Browser;

/** Like lantern and harbour, but with keys without a token. */
const [quay, pier] = (['staging', 'staging-dev'] as const).map((environment, index) => ({
  id: ['quay', 'pier'][index] ?? '',
  name: 'Docks',
  projectId: `6e1f2a34-0000-4000-8000-00000000001${index}`,
  ...{ environment, plane: 'public' },
  credentials: { scheme: 'oauth2', keyId: `docks-key-${index}`, keySecret: `docks-${index}-canary-secret` },
}));
const memberships = ['acme', 'harbour', 'lantern', 'quay', 'pier'].map((tenant) => ({
  tenant,
  role: 'viewer',
}));

beforeAll(async () => {
  impostor.listen(0, '127.0.0.1');
  await once(impostor, 'listening');
  sinch = await startSixUpstreams();
  database = await lastingDatabase();
  const environment = {
    ...sinch.environment(),
    SINCH_STAGING_URL: `https://127.0.0.1:${(impostor.address() as AddressInfo).port}`,
    SINCH_STAGING_TOKEN_URL: 'http://127.0.0.1:1/oauth2/token',
    SINCH_STAGING_DEV_URL: 'http://no-such-host.invalid',
    SINCH_TIMEOUT_MS: '1500',
    BFF_FRONTENDS: '[{"name":"console","class":"internal","origin":"https://console.bff.test"}]',
    BFF_PORT: '0',
    BFF_MANAGEMENT_PORT: '0',
    ...{ DATABASE_URL: database.url, BFF_ENCRYPTION_KEYS: TEST_KEYS },
  };
  const file = join(home, 'directory.yaml');
  const { acme, harbour, lantern, viewer } = the;
  const tenants = [acme, harbour, lantern, quay, pier];
  writeFileSync(file, JSON.stringify({ tenants, users: [{ ...viewer, memberships }] }));
  await operatorProgram(environment, Readable.from([]), () => undefined).parseAsync(['apply', file], {
    from: 'user',
  });
  program = programs.start('service', { environment });
  const { port } = await program.listening();
  browser = new Browser({ port, host: 'console.bff.test', origin: 'https://console.bff.test' });
  await browser.signIn(viewer);
}, 120_000);
beforeEach(async () => {
  sinch.reset();
  // So that the failures of the other tests do not open the circuit.
  for (let call = 0; call < 10; call += 1) await readPage(browser);
});
afterAll(async () => {
  browser.close();
  await programs.killAll();
  await database.drop();
  await sinch.close();
  impostor.close();
  rmSync(home, { recursive: true, force: true });
});

interface Case {
  readonly failure: string;
  readonly tenant: string;
  /** Reply of the production server. */
  readonly reply?: Reply;
  /** Reply of the token endpoint of staging-dev. */
  readonly token?: Reply;
  readonly line: {
    readonly peer: string | RegExp;
    readonly errorCode: string;
    readonly code: string | RegExp;
    readonly cause: string | RegExp;
  };
}

const invalid = { peer: 'production', errorCode: 'bff_upstream_invalid_response' };
const cases: readonly Case[] = [
  {
    failure: 'a redirect',
    tenant: 'acme',
    reply: { status: 302, headers: { location: 'https://canary.example' } },
    line: { ...invalid, code: 'InvalidResponseError', cause: /redirect, 302/ },
  },
  {
    failure: 'a success that is not JSON',
    tenant: 'acme',
    reply: { body: '<canary>', headers: { 'content-type': 'text/html' } },
    line: { ...invalid, code: 'bff_upstream_invalid_response', cause: /not JSON/ },
  },
  {
    failure: 'bytes that are not HTTP',
    tenant: 'acme',
    reply: { raw: 'canary\r\n\r\n' },
    line: { ...invalid, code: /^(HPE_|HTTPParserError$)/, cause: /./ },
  },
  {
    failure: 'a connection that closes before the response',
    tenant: 'acme',
    reply: { raw: '', then: 'destroy' },
    line: {
      ...{ peer: 'production', errorCode: 'bff_upstream_unreachable' },
      ...{ code: /^(UND_ERR_SOCKET|ECONNRESET)$/, cause: /./ },
    },
  },
  {
    failure: 'an upstream that does not respond in time',
    tenant: 'acme',
    reply: { hang: true },
    line: {
      ...{ peer: 'production', errorCode: 'bff_upstream_timeout' },
      ...{ code: 'DEADLINE_HEADERS', cause: /deadline/ },
    },
  },
  {
    failure: 'a token that the upstream rejects',
    tenant: 'acme',
    reply: { status: 401, body: { canary: 'canary' } },
    line: {
      ...{ peer: 'production', errorCode: 'bff_upstream_credentials_rejected' },
      ...{ code: 'bff_upstream_credentials_rejected', cause: /rejected/ },
    },
  },
  {
    failure: 'a certificate that no authority signed',
    tenant: 'harbour',
    line: {
      ...{ peer: 'staging', errorCode: 'bff_upstream_unreachable' },
      ...{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT', cause: /^self-signed certificate/ },
    },
  },
  {
    failure: 'an unknown host name',
    tenant: 'lantern',
    line: {
      ...{ peer: 'staging-dev', errorCode: 'bff_upstream_unreachable' },
      ...{ code: /^(ENOTFOUND|EAI_AGAIN)$/, cause: /no-such-host\.invalid/ },
    },
  },
  {
    failure: 'a token endpoint that refuses the connection',
    tenant: 'quay',
    line: {
      ...{ peer: 'token endpoint 127.0.0.1:1', errorCode: 'bff_upstream_unreachable' },
      ...{ code: 'ECONNREFUSED', cause: /connect ECONNREFUSED 127\.0\.0\.1:1$/ },
    },
  },
  {
    failure: 'a token endpoint that rejects the credentials',
    tenant: 'pier',
    token: { status: 401, body: { error: 'canary' } },
    line: {
      ...{ peer: /^token endpoint 127\.0\.0\.1:\d+$/, errorCode: 'bff_upstream_credentials_rejected' },
      ...{ code: 'bff_upstream_credentials_rejected', cause: 'The token endpoint answered 401.' },
    },
  },
];

const warnings = (): Record<string, unknown>[] => program.log.filter(({ msg }) => msg === 'a peer failed');
const matching = (text: string | RegExp): unknown =>
  typeof text === 'string' ? text : expect.stringMatching(text);

describe('the failure of a peer', () => {
  it.each(cases)('$failure is one warning that names peer, code and cause', async (expected) => {
    const { tenant, reply, token, line } = expected;
    if (reply !== undefined) sinch.production.answer(reply);
    if (token !== undefined) sinch.tokens['staging-dev'].answer(token);
    const before = warnings().length;
    const path = `/v1/tenants/${tenant}/whatsapp`;
    const first = await browser.get(path);
    expect((first.json as { errorCode: string }).errorCode).toBe(line.errorCode);
    await browser.get(path);
    const lastId = (await browser.get('/session')).headers['x-request-id'];
    await program.until(({ requests }) => requests.find(({ id }) => id === lastId));
    expect(warnings().slice(before)).toEqual([
      {
        ...{ level: 'warn', time: expect.any(String), msg: 'a peer failed', suppressed: 0 },
        ...{ id: first.headers['x-request-id'], errorCode: line.errorCode },
        ...{ peer: matching(line.peer), code: matching(line.code), cause: matching(line.cause) },
      },
    ]);
  });

  it('a flood of one failure is one line, and no line contains a secret or a body', async () => {
    sinch.production.answer({ status: 304 });
    const before = warnings().length;
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => browser.get('/v1/tenants/acme/whatsapp')),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([502]));
    const lastId = (await browser.get('/session')).headers['x-request-id'];
    await program.until(({ requests }) => requests.find(({ id }) => id === lastId));
    expect(warnings().slice(before)).toHaveLength(1);
    const said = program.stdout + program.stderr;
    expect(said).not.toMatch(/canary|Bearer|Basic|token-production/i);
    expect(said).not.toContain(Buffer.from('docks-key').toString('base64').slice(0, 10));
  });
});

it('a token renewal in the background that fails is a warning, although no request fails', async () => {
  const bff = await startBff();
  const logged: unknown[] = [];
  Logger.overrideLogger({ log: () => undefined, error: () => undefined, warn: (line) => logged.push(line) });
  try {
    await (await bff.signedIn(the.editor)).get('/v1/tenants/acme/whatsapp');
    // Within the last minute of the token's hour.
    bff.turnClock(3_570_000);
    bff.sinch.tokens.production.answer({ status: 500, body: 'canary' });
    const later = await bff.signedIn(the.editor);
    expect((await later.get('/v1/tenants/acme/whatsapp')).status).toBe(200);
    await eventually(() => expect(logged).toHaveLength(1), { withinMs: 5_000 });
    expect(logged[0]).toBeInstanceOf(PeerFailure);
    expect(logged[0]).toMatchObject({
      peer: `token endpoint ${new URL(bff.sinch.tokens.production.url).host}`,
      cause: 'The token endpoint answered 500.',
    });
  } finally {
    await bff.close();
  }
});
