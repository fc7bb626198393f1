import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { rawExchange } from '../support/raw.js';
import { ProcessesFixture } from './processes-fixture.js';

let fixture: ProcessesFixture;
beforeAll(async () => {
  fixture = await ProcessesFixture.start();
}, 120_000);
beforeEach(() => fixture.sinch.reset());
afterEach(() => fixture.endTest());
afterAll(() => fixture.close());

describe('the two ports', () => {
  it.each<[path: string, type: RegExp, body: RegExp]>([
    ['/health/live', /^application\/json/, /"status":"alive"/],
    ['/health/ready', /^application\/json/, /"status":"ready","directory":"reachable"/],
    ['/health/ready?verbose=1', /^application\/json/, /"status":"ready"/],
    ['/metrics', /^text\/plain/, /^# TYPE bff_requests_total counter$/m],
  ])('%s is served only on the management port (LOG-12)', async (path, type, body) => {
    const answer = await fixture.shared.service.management().get(path);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(type);
    expect(answer.text).toMatch(body);
    expect(answer.headers).not.toHaveProperty('server');
    expect((await fixture.shared.service.browser().get(path)).status).toBe(404);
    expect((await (await fixture.shared.service.signedIn()).get(path)).status).toBe(404);
  });

  it.each([
    '/',
    '/session',
    '/sessions',
    '/v1/tenants',
    '/v1/tenants/acme/whatsapp',
    '/health',
    '/health/live/',
  ])('%s is not served on the management port', async (path) => {
    const answer = await fixture.shared.service.management().get(path);
    expect(answer.status).toBe(404);
    expect(answer.json).toMatchObject({ errorCode: 'bff_route_not_found' });
  });

  it.each(['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE'])(
    '%s is rejected with 405 on the management port',
    async (method) => {
      const answer = await fixture.shared.service.management().request(method, '/health/live');
      expect([answer.status, answer.headers.allow]).toEqual([405, 'GET']);
    },
  );

  it.each(['constructor', '__proto__', 'toString', '/constructor', '/__proto__'])(
    'the management port has no page %s',
    async (path) => {
      const head = await rawExchange(
        fixture.shared.service.managementPort,
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`,
      );
      expect(head).toMatch(/^HTTP\/1\.1 40[04] /);
    },
  );
});
