import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  accountPath,
  onBehalfOf,
  partnerInitiated,
  projectId,
  putProject,
  startBench,
  type Bench,
  type Json,
} from './harness.js';

describe('the lifecycle of an account in the Sinch simulator', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await startBench();
    await putProject(bench);
  });
  afterEach(() => bench.simulator.close());

  const create = (json: Json = partnerInitiated) => bench.send(accountPath(), { method: 'POST', json });
  const update = (json: Json) => bench.send(accountPath(), { method: 'PATCH', json });
  const settle = (outcome: string, comment?: string) =>
    bench.control('POST', `/projects/production/${projectId}/settle`, { outcome, comment });

  async function types(): Promise<unknown[]> {
    const { body } = await bench.send(`${accountPath()}/activities`);
    return (body['notifications'] as Json[]).map(({ type }) => type);
  }

  it('passes from rejected to corrected, in review and onboarded', async () => {
    const created = await create();

    const rejected = await settle('REJECTED', 'The legal name does not match.');
    expect(rejected.status).toBe(200);
    expect(rejected.body).not.toHaveProperty('state');
    expect(rejected.body).not.toHaveProperty('details');
    expect(rejected.body).toMatchObject({ changes: { status: 'REJECTED' } });

    const corrected = await update({ wabaName: 'Northwind Traders Limited' });
    const old = {
      wabaName: 'Northwind Traders Ltd',
      clientBusinessManagerId: '900100200300',
      senderDetails: partnerInitiated.senderDetails,
    };
    expect(corrected.status).toBe(200);
    expect(corrected.body).toEqual({
      state: 'REJECTED',
      isEmbeddedSignup: false,
      businessManager: 'SINCH_UK',
      wabaId: created.body['wabaId'],
      changes: { status: 'IN_PROGRESS', details: { wabaName: 'Northwind Traders Limited' } },
      details: old,
      wabaMaxPriceOnboarded: false,
      wabaEnabledForInsights: false,
      wabaEnabledForDirectSend: false,
      compatibleRegions: ['eu', 'us'],
    });

    const onboarded = await settle('ONBOARDED');
    expect(onboarded.body).toEqual({
      state: 'ONBOARDED',
      isEmbeddedSignup: false,
      businessManager: 'SINCH_UK',
      wabaId: created.body['wabaId'],
      details: { ...old, wabaName: 'Northwind Traders Limited' },
      wabaMaxPriceOnboarded: false,
      wabaEnabledForInsights: false,
      wabaEnabledForDirectSend: false,
      compatibleRegions: ['eu', 'us'],
      currency: 'EUR',
    });
    expect((await bench.send(accountPath())).body).toEqual(onboarded.body);
    expect(await types()).toEqual(['IN_PROGRESS', 'EDITED', 'COMMENT_ADDED', 'REJECTED', 'CREATED']);
  });

  it('keeps the settled state at a second rejection, with the last submission as the old values', async () => {
    await create();
    await settle('REJECTED');
    await update({ wabaName: 'Second' });

    const again = await settle('REJECTED');
    expect(again.body).toMatchObject({
      state: 'REJECTED',
      changes: { status: 'REJECTED', details: { wabaName: 'Second' } },
      details: { wabaName: 'Northwind Traders Ltd' },
    });

    const corrected = await update({ wabaName: 'Third' });
    expect(corrected.body).toMatchObject({
      state: 'REJECTED',
      changes: { status: 'IN_PROGRESS', details: { wabaName: 'Third' } },
      details: { wabaName: 'Second' },
    });
  });

  it('may include a verification at Meta before the account is onboarded', async () => {
    await create();

    const pending = await settle('PENDING_FACEBOOK_VERIFICATION');
    expect(pending.body).not.toHaveProperty('state');
    expect(pending.body).toMatchObject({ changes: { status: 'PENDING_FACEBOOK_VERIFICATION' } });
    expect((await settle('PENDING_FACEBOOK_VERIFICATION')).status).toBe(409);
    expect((await settle('ONBOARDED')).body).toMatchObject({ state: 'ONBOARDED' });
    expect(await types()).toEqual(['PENDING_FACEBOOK_VERIFICATION', 'CREATED']);
  });

  it('keeps the members that an update of sender details does not name', async () => {
    await create();
    await settle('REJECTED');

    const { body } = await update({ senderDetails: { displayName: 'Northwind Shop' } });

    expect(body['changes']).toEqual({
      status: 'IN_PROGRESS',
      details: { senderDetails: { ...partnerInitiated.senderDetails, displayName: 'Northwind Shop' } },
    });
  });

  it('permits an older account to add sender details', async () => {
    await create(onBehalfOf);
    await settle('REJECTED');

    const { body } = await update({ senderDetails: { region: 'US' } });

    expect(body['changes']).toMatchObject({
      details: {
        senderDetails: {
          displayName: 'Northwind Traders Ltd',
          businessCategory: 'NOT_SET',
          region: 'US',
          metaLocalStorage: 'US',
        },
      },
    });
  });

  it('permits a decision only for a pending submission', async () => {
    expect((await settle('ONBOARDED')).status).toBe(409);
    await create();
    await settle('ONBOARDED');
    expect((await settle('REJECTED')).status).toBe(409);
  });

  it('permits the deletion of an account in review', async () => {
    await create();

    expect((await bench.send(accountPath(), { method: 'DELETE' })).status).toBe(204);
  });
});
