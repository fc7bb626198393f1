import { expect, it } from '@jest/globals';
import { RouteIndex } from './route-index.js';

const routes = new RouteIndex();
routes.add('GET', '/session');
routes.add('POST', '/session');
routes.add('GET', '/v1/tenants/:tenantId/whatsapp');

it.each<[path: string, methods: readonly string[]]>([
  ['/session', ['GET', 'POST']],
  ['/session/', []],
  ['/v1/tenants/acme/whatsapp', ['GET']],
  ['/v1/tenants//whatsapp', []],
  ['/v1/tenants/acme/whatsapp/more', []],
  ['/', []],
])('at %s these methods are known: %j', (path, methods) => {
  expect(routes.methodsAt(path)).toEqual(methods);
});
