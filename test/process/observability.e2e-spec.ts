import 'reflect-metadata';
import { loadConfig } from '@bff/config';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type Service, startService } from '../../apps/bff/src/service.js';
import { lastingDatabase, TEST_KEYS, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
let service: Service;
let management: ReturnType<typeof request>;
let traffic: ReturnType<typeof request>;

beforeAll(async () => {
  database = await lastingDatabase();
  service = await startService(
    loadConfig({
      BFF_PORT: '0',
      BFF_MANAGEMENT_PORT: '0',
      ...{ DATABASE_URL: database.url, BFF_ENCRYPTION_KEYS: TEST_KEYS },
      LOG_LEVEL: 'silent',
      BFF_FRONTENDS: JSON.stringify([
        { name: 'console', class: 'internal', origin: 'https://console.bff.test' },
      ]),
    }),
  );
  management = request(`http://127.0.0.1:${service.managementPort}`);
  traffic = request(`http://127.0.0.1:${service.port}`);
});
afterAll(async () => {
  await service.close();
  await database.drop();
});

describe('the management listener', () => {
  it('reports that the process is alive', async () => {
    await management.get('/health/live').expect(200, { status: 'alive' });
  });

  it('reports that the service is ready and that the directory is reachable', async () => {
    await management
      .get('/health/ready')
      .expect(200, { status: 'ready', directory: 'reachable', sessionStore: 'reachable' });
  });

  it('counts responses by operation and status', async () => {
    await traffic.get('/session').set('Host', 'console.bff.test').set('X-CSRF', '1').expect(401);
    await traffic.get('/no/such/route').set('Host', 'console.bff.test').expect(404);
    const { text } = await management
      .get('/metrics')
      .expect(200)
      .expect('content-type', /^text\/plain/);
    expect(text).toContain('bff_requests_total{operation="session.read",status="401"} 1');
    expect(text).toContain('bff_requests_total{operation="none",status="404"} 1');
    expect(text).toContain('process_cpu_seconds_total');
  });

  it('serves three pages with GET only, and rejects everything else with a problem document', async () => {
    const unknown = await management.get('/session').expect(404);
    expect(unknown.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(unknown.body).toMatchObject({ status: 404, errorCode: 'bff_route_not_found' });
    const rejected = await management.post('/health/live').expect(405).expect('allow', 'GET');
    expect(rejected.body).toMatchObject({ errorCode: 'bff_method_not_allowed' });
    expect(rejected.headers['x-content-type-options']).toBe('nosniff');
  });

  it.each(['/health/live', '/health/ready', '/metrics'])(
    '%s is not a route of the public listener (LOG-12)',
    async (path) => {
      const answer = await traffic.get(path).set('Host', 'console.bff.test').set('X-CSRF', '1').expect(404);
      expect(answer.body).toMatchObject({ errorCode: 'bff_route_not_found' });
    },
  );
});
