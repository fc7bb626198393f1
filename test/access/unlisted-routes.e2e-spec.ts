import 'reflect-metadata';
import { type BffConfig, loadConfig } from '@bff/config';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Head, Module, Patch } from '@nestjs/common';
import { type NestFastifyApplication, RouteConfig } from '@nestjs/platform-fastify';
import { AppModule } from '../../apps/bff/src/app.module.js';
import { createApp } from '../../apps/bff/src/create-app.js';
import { lastingDatabase, TEST_KEYS, type TestDatabase } from '../support/test-database.js';
import { type RouteName } from '../../apps/bff/src/http/routes.js';

let database: TestDatabase;
let config: BffConfig;
beforeAll(async () => {
  database = await lastingDatabase();
  config = loadConfig({
    BFF_FRONTENDS: '[{"name":"console","class":"internal","origin":"https://console.bff.test"}]',
    ...{ DATABASE_URL: database.url, BFF_ENCRYPTION_KEYS: TEST_KEYS, LOG_LEVEL: 'silent' },
  });
});
afterAll(() => database.drop());

const apps: NestFastifyApplication[] = [];
afterEach(async () => {
  Reflect.deleteMetadata('controllers', AppModule);
  for (const app of apps.splice(0)) await app.close();
});

/** Creates the application with additional controllers in its module. */
async function appWith(...controllers: (new () => object)[]): Promise<NestFastifyApplication> {
  Module({ controllers })(AppModule);
  const app = await createApp(config);
  apps.push(app);
  return app;
}

@Controller()
class NewPath {
  @Get('unlisted')
  read(): string {
    return 'unguarded';
  }
}

@Controller()
class NewMethod {
  @Patch('session')
  update(): string {
    return 'unguarded';
  }
}

@Controller()
class HeadOfRoute {
  @Head('session')
  read(): string {
    return 'unguarded';
  }
}

@Controller()
class OmittedName {
  @Get('v1/tenants/:tenantId/whatsapp')
  read(): string {
    return 'unguarded';
  }
}

@Controller()
class NameOfAnotherPath {
  @Get('v1/tenants/:tenantId/secrets')
  @RouteConfig({ operation: 'account.read' })
  read(): string {
    return 'unguarded';
  }
}

@Controller()
class NameOfAnotherMethod {
  @Patch('v1/tenants/:tenantId/whatsapp')
  @RouteConfig({ operation: 'account.read' })
  update(): string {
    return 'unguarded';
  }
}

@Controller()
class UnknownName {
  @Get('unlisted')
  @RouteConfig({ operation: 'unlisted' })
  read(): string {
    return 'unguarded';
  }
}

describe('start-up (CSR-02)', () => {
  it('start-up succeeds if all routes are in the route table', async () => {
    const app = await appWith();
    await expect(app.init()).resolves.toBe(app);
  });

  it.each<[what: string, route: string, controller: new () => object]>([
    ['a new path', 'GET /unlisted', NewPath],
    ['another method of a listed path', 'PATCH /session', NewMethod],
    ['HEAD of a listed path', 'HEAD /session', HeadOfRoute],
    ['a listed route without its name', 'GET /v1/tenants/:tenantId/whatsapp', OmittedName],
    ['the name of another path', 'GET /v1/tenants/:tenantId/secrets', NameOfAnotherPath],
    ['the name of another method', 'PATCH /v1/tenants/:tenantId/whatsapp', NameOfAnotherMethod],
    ['a name that is not in the route table', 'GET /unlisted', UnknownName],
  ])('start-up fails if a controller has %s', async (_, route, controller) => {
    const app = await appWith(controller);
    await expect(app.init()).rejects.toThrow(`The route ${route} is not in the route table`);
  });

  it.each<[what: string, name: RouteName | undefined]>([
    ['no name', undefined],
    ['the name of another path', 'session.read'],
  ])('start-up fails if a plain Fastify route has %s', async (_, name) => {
    const app = await appWith();
    const fastify = app.getHttpAdapter().getInstance();
    const named = name === undefined ? {} : { config: { operation: name } };
    expect(() =>
      fastify.route({ method: 'GET', url: '/unlisted', handler: () => 'unguarded', ...named }),
    ).toThrow('The route GET /unlisted is not in the route table');
  });
});
