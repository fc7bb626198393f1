import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  accountPath,
  onBehalfOf,
  partnerInitiated,
  putAdmin,
  admin,
  putProject,
  startBench,
  type Bench,
  type Json,
} from './harness.js';

describe('accounts of the Sinch simulator', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await startBench();
    await putProject(bench);
  });
  afterEach(() => bench.simulator.close());

  const create = (json: Json, server?: string) => bench.send(accountPath(server), { method: 'POST', json });

  it('a partner-initiated account starts in review, without a settled state', async () => {
    const { status, body } = await create(partnerInitiated);

    expect(status).toBe(201);
    expect(body).toEqual({
      isEmbeddedSignup: false,
      businessManager: 'SINCH_UK',
      wabaId: expect.stringMatching(/^\d+$/),
      changes: {
        status: 'IN_PROGRESS',
        details: {
          wabaName: 'Northwind Traders Ltd',
          clientBusinessManagerId: '900100200300',
          senderDetails: partnerInitiated.senderDetails,
        },
      },
      wabaMaxPriceOnboarded: false,
      compatibleRegions: ['eu', 'us'],
    });
    expect((await bench.send(accountPath())).body).toEqual(body);
  });

  it('an on-behalf-of account shows its legal name as the WABA name too', async () => {
    const { status, body } = await create(onBehalfOf);

    expect(status).toBe(201);
    expect(body['changes']).toEqual({
      status: 'IN_PROGRESS',
      details: {
        wabaName: 'Northwind Traders Ltd',
        companyLegalName: 'Northwind Traders Ltd',
        clientBusinessManagerId: '900100200300',
      },
    });
  });

  it('a body that matches both variants counts as partner-initiated', async () => {
    const { body } = await create({ ...onBehalfOf, ...partnerInitiated, wabaName: 'Northwind' });

    expect(body['changes']).toMatchObject({ details: { wabaName: 'Northwind' } });
    expect(JSON.stringify(body)).not.toContain('companyLegalName');
  });

  it('unknown members are ignored', async () => {
    const { status, body } = await create({ ...onBehalfOf, state: 'ONBOARDED', colour: 'blue' });

    expect(status).toBe(201);
    expect(body).not.toHaveProperty('state');
    expect(body).not.toHaveProperty('colour');
  });

  it.each([
    ['nothing is given', {}, {}, 'SINCH_UK', ['eu', 'us'], 'EU', 'DE'],
    ['the region is Brazil', {}, { region: 'BR' }, 'SINCH_BR', ['br'], 'BR', 'BR'],
    ['the region is the United States', {}, { region: 'US' }, 'SINCH_UK', ['eu', 'us'], 'US', 'US'],
    ['the manager is Brazilian', { businessManager: 'SINCH_BR' }, {}, 'SINCH_BR', ['br'], 'BR', 'BR'],
    ['the manager is Mexican', { businessManager: 'SINCH_MX' }, {}, 'SINCH_MX', ['us'], 'US', 'US'],
    [
      'the storage is chosen',
      {},
      { region: 'EU', metaLocalStorage: 'CH' },
      'SINCH_UK',
      ['eu', 'us'],
      'EU',
      'CH',
    ],
  ])(
    'get a default manager, regions and storage when %s',
    async (_, top, sender, manager, compatible, region, storage) => {
      const { body } = await create({
        wabaName: 'Northwind',
        clientBusinessManagerId: '1',
        senderDetails: { displayName: 'Northwind', businessCategory: 'OTHER', ...sender },
        ...top,
      });

      expect(body).toMatchObject({
        businessManager: manager,
        compatibleRegions: compatible,
        changes: { details: { senderDetails: { region, metaLocalStorage: storage } } },
      });
    },
  );

  it('a deletion removes the account and its activities, and another account can be created', async () => {
    await create(partnerInitiated);

    const deleted = await bench.send(accountPath(), { method: 'DELETE' });
    expect(deleted.status).toBe(204);
    expect(deleted.headers.get('content-type')).toBeNull();
    expect((await bench.send(accountPath())).status).toBe(404);
    expect((await create(partnerInitiated)).status).toBe(201);
    const { body } = await bench.send(`${accountPath()}/activities`);
    expect(body).toMatchObject({ totalSize: 1, notifications: [{ type: 'CREATED' }] });
  });

  it('a comment of the maximum length is stored and appears among the activities', async () => {
    await create(partnerInitiated);
    const comment = '😀'.repeat(65_535);

    const { status, body } = await bench.send(`${accountPath()}/comments`, {
      method: 'POST',
      json: { comment },
    });

    expect(status).toBe(201);
    expect(body).toEqual({ type: 'CREATED', comment, created: '2026-02-03T09:00:00.000Z' });
    const activities = await bench.send(`${accountPath()}/activities`);
    expect(activities.body['notifications']).toEqual([
      {
        type: 'COMMENT_ADDED',
        comment,
        created: '2026-02-03T09:00:00.000Z',
        author: 'Provisioning API user',
      },
      { type: 'CREATED', created: '2026-02-03T09:00:00.000Z', author: 'Provisioning API user' },
    ]);
  });

  it('public and admin server of one environment show the same account', async () => {
    await putAdmin(bench);
    await create(partnerInitiated);
    const authorization = `Bearer ${await bench.token('admin-production', admin)}`;

    const { status, body } = await bench.send(accountPath('admin-production'), { authorization });

    expect(status).toBe(200);
    expect(body).toEqual((await bench.send(accountPath())).body);
  });
});
