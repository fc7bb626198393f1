import { expect, it } from '@jest/globals';
import { RouteIndex } from './route-index.js';

const routes = new RouteIndex();
routes.add('GET', '/session', false);
routes.add('POST', '/session', false);
routes.add('GET', '/v1/tenants/:tenantId/whatsapp', false);

it.each<[path: string, methods: readonly string[]]>([
  ['/session', ['GET', 'POST']],
  ['/session/', []],
  ['/v1/tenants/acme/whatsapp', ['GET']],
  ['/v1/tenants//whatsapp', []],
  ['/v1/tenants/acme/whatsapp/more', []],
  ['/', []],
])('the methods of %s are %j', (path, methods) => {
  expect(routes.methodsAt(path, false)).toEqual(methods);
});

it('a route that needs a provider exists only on a frontend with a provider', () => {
  routes.add('GET', '/session/login', true);
  expect(routes.methodsAt('/session/login', false)).toEqual([]);
  expect(routes.methodsAt('/session/login', true)).toEqual(['GET']);
});
