import { type AuditEvent, type AuditLog } from '@bff/audit';
import { type BffConfig, loadConfig, Secret } from '@bff/config';
import { type CredentialScheme } from '@bff/database';
import { Problem } from '@bff/problems';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Authorizer } from './authorizer.js';
import { type CredentialStore } from './credential-store.js';
import { Credential } from './credential.js';
import { type TokenCache } from './token-cache.js';

const DAY_MS = 86_400_000;

const { servers } = loadConfig({});
const server = servers.public.production;

let now: number;
let events: AuditEvent[];
let stored: Credential | undefined;
let authorizer: Authorizer;
beforeEach(() => {
  now = 20_000 * DAY_MS;
  events = [];
  stored = undefined;
  const audit = { later: (event: AuditEvent) => events.push(event) } as unknown as AuditLog;
  const tokens = {
    knownRefusal: () => undefined,
    authorizationFor: (_: unknown, { version }: Credential) =>
      version === 1 ? Promise.reject(new Error('refused')) : `Bearer ${version}`,
  } as unknown as TokenCache;
  const store = { find: () => stored } as unknown as CredentialStore;
  authorizer = new Authorizer(store, tokens, audit, { clock: () => now } as unknown as BffConfig);
});

function credential(scheme: CredentialScheme, version = 1): Credential {
  const dates = { createdAt: new Date(0), updatedAt: new Date(0) };
  const secret = new Secret(`secret ${version}`);
  return new Credential('tenant-credentials', 'acme', scheme, 'key', version, dates, 'r', 's', () => secret);
}

const route = { server, authority: { kind: 'tenant', tenantId: 'acme', recordId: 'r' } } as const;

describe('a credential of scheme basic', () => {
  it('is sent as key id and secret, and its use is audited once per day', () => {
    const basic = credential('basic');
    const expected = `Basic ${Buffer.from('key:secret 1').toString('base64')}`;
    for (const elapsed of [0, 1, DAY_MS - 1]) {
      now = 20_000 * DAY_MS + elapsed;
      expect(authorizer.authorizationFor(server, basic)).toBe(expected);
    }
    expect(events).toHaveLength(1);
    now += 1;
    expect(authorizer.authorizationFor(server, basic)).toBe(expected);
    expect(events.map(({ event }) => event)).toEqual(['credential.used', 'credential.used']);
  });

  it('is not sent again after a refusal, unless it was replaced while the call was in flight', () => {
    const basic = credential('basic');
    const authorization = authorizer.authorizationFor(server, basic) as string;
    expect(authorizer.afterRefusal(server, basic, authorization, '')).toBe('final');
    basic.replacedBy(credential('basic', 2));
    expect(authorizer.afterRefusal(server, basic, authorization, '')).toBe('try-again-once');
  });

  it('is described although the server has no token URL', () => {
    stored = credential('basic');
    expect(authorizer.describe(route)).toEqual({ scheme: 'basic', keyId: 'key' });
  });
});

it('a credential of scheme oauth2 cannot be used on a server without a token URL', () => {
  stored = credential('oauth2');
  expect(() => authorizer.describe(route)).toThrow(new Problem('bff_upstream_unavailable'));
});

it('a refused credential of scheme oauth2 is replaced by its successor, if it has one', async () => {
  const oauth2 = credential('oauth2');
  await expect(authorizer.authorizationFor(server, oauth2)).rejects.toThrow('refused');
  oauth2.replacedBy(credential('oauth2', 2));
  expect(await authorizer.authorizationFor(server, oauth2)).toBe('Bearer 2');
});
