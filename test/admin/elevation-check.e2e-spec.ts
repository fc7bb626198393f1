import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { loadConfig } from '@bff/config';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../apps/bff/src/create-app.js';
import { RequestGuard } from '../../apps/bff/src/http/request-guard.js';
import { type RouteName, ROUTES } from '../../apps/bff/src/http/routes.js';
import { lastingDatabase, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
let app: NestFastifyApplication;
const hooksOf = new Map<RouteName, unknown>();

beforeAll(async () => {
  database = await lastingDatabase();
  app = await createApp(loadConfig({ DATABASE_URL: database.url, LOG_LEVEL: 'silent' }));
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', ({ config, preHandler }) => {
      if (config?.operation !== undefined) hooksOf.set(config.operation, preHandler);
    });
  await app.init();
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

it.each(Object.keys(ROUTES) as RouteName[])(
  'the request guard checks the elevation for administration on %s if and only if the route table requires it (AZT-01)',
  (name) => {
    const hooks = [hooksOf.get(name)].flat();
    expect(hooks.length).toBeGreaterThan(0);
    const isChecked = hooks.at(-1) === app.get(RequestGuard).checkElevation;
    expect(isChecked).toBe(ROUTES[name].needs === 'elevated-admin');
  },
);
