import { type AuditEvent, type AuditLog } from '@bff/audit';
import { FrontendRegistry } from '@bff/frontends';
import { loadConfig } from '@bff/config';
import { type User, type UserDirectory } from '@bff/identity';
import { MemoryStore } from '@bff/state';
import { type TenantDirectory } from '@bff/tenancy';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import {
  type ElevationRequest,
  Elevations,
  type StoredElevation,
  UNAUDITED_ELEVATIONS,
} from './elevations.js';
import { type Session } from './session.js';

const HOUR_MS = 60 * 60_000;

const { frontends } = loadConfig({
  BFF_FRONTENDS: '[{"name":"admin","class":"admin","origin":"https://admin.example.com"}]',
});
const frontend = new FrontendRegistry(frontends).named('admin');
const user = { id: 'u1', role: 'admin', powersVersion: 1 } as User;

let now: number;
let current: User | undefined;
let tenantRecord: string | undefined;
let isAlive: boolean;
let ends: unknown[];
let requestsOfEnds: (string | null)[];
let store: MemoryStore<StoredElevation>;
let unaudited: MemoryStore<StoredElevation>;
const started: Elevations[] = [];

/** The elevations of one node; all nodes of a test share the stores. */
function node(): Elevations {
  const audit = {
    record: () => Promise.resolve(),
    later: ({ event, details, requestId }: AuditEvent) => {
      ends.push([event, details]);
      requestsOfEnds.push(requestId);
    },
  } as unknown as AuditLog;
  const users = { findActive: () => current } as unknown as UserDirectory;
  const tenants = { recordIdOf: () => tenantRecord } as unknown as TenantDirectory;
  const elevations = new Elevations(store, unaudited, users, tenants, audit, () => now);
  elevations.useLivenessCheck(() => Promise.resolve(isAlive));
  started.push(elevations);
  return elevations;
}

beforeEach(() => {
  [now, current, tenantRecord, isAlive, ends, requestsOfEnds] = [1_000_000, user, 'r1', true, [], []];
  store = new MemoryStore(() => now);
  unaudited = new MemoryStore(() => now, UNAUDITED_ELEVATIONS.groupsOf);
});
afterEach(() => {
  for (const elevations of started.splice(0)) elevations.stopWatching();
});

const session = (storeKey: string): Session =>
  ({
    ...{ storeKey, user, frontend, elevation: null, isRetired: false },
    record: { id: storeKey, createdAt: now, seenAt: now },
  }) as unknown as Session;

const request = (tenantId: string | null): ElevationRequest => ({
  ...{ tenantId, tenantRecordId: tenantId === null ? null : 'r1', reason: 'a reason' },
  ...{ requestId: 'q', clientAddress: '::1' },
});

async function elevate(
  elevations: Elevations,
  storeKey: string,
  tenantId: string | null = null,
): Promise<void> {
  const elevation = await elevations.begin(session(storeKey), request(tenantId));
  await elevations.attach(session(storeKey), elevation, request(tenantId));
}

/** Lets every node sweep. */
const sweep = (): Promise<unknown> => Promise.all(started.map((elevations) => elevations.sweep()));

const ended = (cause: string): unknown => ['elevation.ended', { cause }];

it('an elevation of a live session is kept by the sweep', async () => {
  const elevations = node();
  await elevate(elevations, 'k1');
  await sweep();
  expect(await elevations.of(user, 'k1')).toMatchObject({ reason: 'a reason' });
  expect(ends).toEqual([]);
});

it.each<[cause: string, happens: () => void]>([
  ['expired', () => (now += HOUR_MS)],
  ['revoked', () => (current = undefined)],
  ['revoked', () => (current = { ...user, powersVersion: 2 })],
  ['revoked', () => (tenantRecord = 'r2')],
  ['session-ended', () => (isAlive = false)],
])('the sweep ends an elevation and audits that it was %s', async (cause, happens) => {
  const elevations = node();
  await elevate(elevations, 'k1', 'acme');
  happens();
  await sweep();
  await sweep();
  expect(ends).toEqual([ended(cause)]);
  expect(await store.get(user.id)).toBeUndefined();
});

it('of several nodes one audits the end of an elevation', async () => {
  const nodes = [node(), node(), node()];
  await elevate(nodes[0] ?? node(), 'k1');
  isAlive = false;
  await sweep();
  await sweep();
  expect(ends).toEqual([ended('session-ended')]);
});

it('an elevation that began on a stopped node is ended by another one', async () => {
  const [stopped, other] = [node(), node()];
  await elevate(stopped, 'k1');
  await other.sweep();
  expect(await other.of(user, 'k1')).not.toBeNull();
  now += HOUR_MS;
  await other.sweep();
  expect(ends).toEqual([ended('expired')]);
});

it('a node whose clock is ahead ends an elevation for all nodes', async () => {
  const elevations = node();
  await elevate(elevations, 'k1');
  // The store counts by its own clock.
  const stored = new MemoryStore<StoredElevation>(() => 0);
  const value = await store.get(user.id);
  if (value !== undefined) await stored.create(user.id, value, HOUR_MS);
  store = stored;
  const ahead = node();
  now += HOUR_MS;
  await ahead.sweep();
  expect(await stored.get(user.id)).toBeUndefined();
  expect(ends).toEqual([ended('expired')]);
});

it('a new elevation replaces the previous one, whose end is audited', async () => {
  const elevations = node();
  await elevate(elevations, 'k1');
  await elevate(elevations, 'k2');
  expect(ends).toEqual([ended('replaced')]);
  expect(await elevations.of(user, 'k1')).toBeNull();
  expect(await elevations.of(user, 'k2')).not.toBeNull();
});

it('the end of every elevation is audited when the sessions end with the process', async () => {
  const elevations = node();
  await elevate(elevations, 'k1');
  await elevations.endAll();
  await elevations.endAll();
  expect(ends).toEqual([ended('session-ended')]);
});

it('the end of an elevation names its request, unless an earlier cause ended it', async () => {
  const elevations = node();
  await elevate(elevations, 'k1');
  await elevations.end(user.id, 'session-ended', 'request');
  await elevate(elevations, 'k1');
  current = { ...user, powersVersion: 2 };
  await elevations.end(user.id, 'session-ended', 'later request');
  expect(ends).toEqual([ended('session-ended'), ended('revoked')]);
  expect(requestsOfEnds).toEqual(['request', null]);
});

it('an elevation that expired before the sweep is audited when the next one begins', async () => {
  const elevations = node();
  await elevate(elevations, 'k1');
  now += HOUR_MS;
  await elevate(elevations, 'k1');
  expect(ends).toEqual([ended('expired')]);
});

it('an elevation that was not attached is audited as ended by its request', async () => {
  const elevations = node();
  const elevation = await elevations.begin(session('k1'), request('acme'));
  elevations.withdraw(session('k1'), elevation, 'request');
  expect([ends, requestsOfEnds]).toEqual([[ended('session-ended')], ['request']]);
});

it('an elevation for a tenant that was removed, or created again, does not begin', async () => {
  tenantRecord = 'r2';
  await expect(node().begin(session('k1'), request('acme'))).rejects.toMatchObject({
    errorCode: 'bff_tenant_not_found',
  });
});
