import { loadConfig } from '@bff/config';
import { FrontendRegistry } from '@bff/frontends';
import { expect, it } from '@jest/globals';
import { type Caller, type Elevation } from './caller.js';
import { assertElevatedAdmin, elevationRequired } from './elevation-required.js';

const { frontends } = loadConfig({
  BFF_FRONTENDS: '[{ "name": "admin", "class": "admin", "origin": "https://admin.example.com" }]',
});
const frontend = new FrontendRegistry(frontends).named('admin');

function callerWith(role: Caller['user']['role'], elevatedFor?: Elevation['tenantId']): Caller {
  if (frontend === undefined) throw new Error('The frontend is missing');
  const elevation =
    elevatedFor === undefined
      ? null
      : { id: 'e', tenantId: elevatedFor, reason: 'A reason that is long enough', expiresAt: 1 };
  return { user: { id: 'u', role }, frontend, elevation };
}

it.each(['acme', null])(
  'the challenge for %j names a context class, the maximum age in seconds and the tenant',
  (tenantId) => {
    const { frontend } = callerWith('admin');
    expect(elevationRequired({ frontend: { ...frontend, elevationMs: 900_000 } }, tenantId)).toMatchObject({
      errorCode: 'bff_elevation_required',
      additionalInformation: { acr: 'urn:bff:acr:elevated', maxAgeSeconds: 900, tenantId },
    });
  },
);

it.each<[what: string, caller: Caller, errorCode: string]>([
  ['a user', callerWith('user'), 'bff_role_required'],
  ['a user with an elevation', callerWith('user', null), 'bff_role_required'],
  ['an admin without an elevation', callerWith('admin'), 'bff_elevation_required'],
  ['an admin who is elevated for a tenant', callerWith('admin', 'acme'), 'bff_elevation_required'],
])('%s is not an elevated admin', (_, caller, errorCode) => {
  expect(() => assertElevatedAdmin(caller)).toThrow(expect.objectContaining({ errorCode }));
});

it('an admin who is elevated for administration is an elevated admin', () => {
  expect(() => assertElevatedAdmin(callerWith('admin', null))).not.toThrow();
});
