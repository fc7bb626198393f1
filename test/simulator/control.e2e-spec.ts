import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  accountPath,
  admin,
  client,
  partnerInitiated,
  projectId,
  putAdmin,
  putProject,
  startBench,
  type Bench,
} from './harness.js';

describe('the control path of the Sinch simulator', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await startBench();
  });
  afterEach(() => bench.simulator.close());

  it('returns an overview without secrets', async () => {
    await putProject(bench, { account: 'REJECTED', name: 'Northwind' });
    await putAdmin(bench);
    await bench.control('POST', '/faults', { redirect: 'https://example.test/' });

    const { status, body } = await bench.control('GET', '');

    expect(status).toBe(200);
    expect(body['servers']).toHaveLength(6);
    expect(body['servers']).toContainEqual({
      name: 'admin-production',
      environment: 'production',
      plane: 'admin',
      url: `${bench.simulator.url}/admin-production`,
      tokenUrl: `${bench.simulator.url}/admin-production/oauth2/token`,
      keyIds: [admin.keyId],
    });
    expect(body['projects']).toEqual([
      {
        environment: 'production',
        projectId,
        name: 'Northwind',
        keyIds: [client.keyId],
        status: 'REJECTED',
        condition: { corrupt: false, senderIds: [], pendingSenderChanges: false, templateDraftsStuck: false },
      },
    ]);
    expect(body['faults']).toEqual([{ id: '1', remaining: 1, redirect: 'https://example.test/' }]);
    expect(JSON.stringify(body)).not.toMatch(/secret-of/);
  });

  it.each([
    ['NONE', 404, {}],
    ['IN_PROGRESS', 200, { changes: { status: 'IN_PROGRESS' } }],
    ['PENDING_FACEBOOK_VERIFICATION', 200, { changes: { status: 'PENDING_FACEBOOK_VERIFICATION' } }],
    ['REJECTED', 200, { changes: { status: 'REJECTED' } }],
    ['ONBOARDED', 200, { state: 'ONBOARDED' }],
  ])('seeds a project with its account at %s', async (account, status, expected) => {
    await putProject(bench, { account });

    const reply = await bench.send(accountPath());

    expect(reply.status).toBe(status);
    expect(reply.body).toMatchObject(expected);
  });

  it('keeps the account of a project that is put again, and replaces its clients', async () => {
    await putProject(bench, { clients: [] });
    await putProject(bench);
    await bench.send(accountPath(), { method: 'POST', json: partnerInitiated });

    await putProject(bench, { account: 'ONBOARDED' });

    expect((await bench.send(accountPath())).body).toMatchObject({ changes: { status: 'IN_PROGRESS' } });
  });

  it('changes only the named members of a condition', async () => {
    await putProject(bench);
    const path = `/projects/production/${projectId}/condition`;
    await bench.control('PUT', path, { corrupt: true });

    const { body } = await bench.control('PUT', path, { senderIds: ['a'] });

    expect(body['condition']).toMatchObject({ corrupt: true, senderIds: ['a'] });
  });

  it.each([
    ['PUT', '/projects', {}, 400],
    ['PUT', '/projects', { environment: 'test', projectId, clients: [] }, 400],
    [
      'PUT',
      '/projects',
      { environment: 'staging', projectId, clients: [{ keyId: 'a:b', keySecret: 'c' }] },
      400,
    ],
    ['PUT', '/admin-clients', { environment: 'staging' }, 400],
    ['POST', '/projects/production/unknown/settle', { outcome: 'ONBOARDED' }, 404],
    ['POST', `/projects/production/${projectId}/settle`, { outcome: 'IN_PROGRESS' }, 400],
    ['POST', `/projects/production/${projectId}/settle`, { outcome: 'ONBOARDED' }, 409],
    ['PUT', '/projects/staging/unknown/condition', {}, 404],
    ['PUT', `/projects/production/${projectId}/condition`, { corrupt: 'yes' }, 400],
    ['POST', '/faults', {}, 400],
    ['POST', '/faults', { hang: 'headers', cutBody: true }, 400],
    ['POST', '/faults', { hang: 'forever' }, 400],
    ['POST', '/faults', { answer: { status: 99 } }, 400],
    ['POST', '/faults', { answer: { status: 200, headers: { 'bad name': 'x' } } }, 400],
    ['POST', '/faults', { redirect: 'a\r\nb' }, 400],
    ['POST', '/faults', { server: 'elsewhere', cutBody: true }, 400],
    ['DELETE', '/faults/7', undefined, 404],
    ['GET', '/nothing', undefined, 404],
  ])('rejects %s %s with %j', async (method, path, json, status) => {
    await putProject(bench);

    const reply = await bench.control(method, path, json);

    expect(reply.status).toBe(status);
    expect(reply.body).toEqual({ error: expect.any(String) });
  });

  it('accepts only JSON, so that no page of another origin can send it', async () => {
    const reply = await bench.send('/_simulator/faults', {
      method: 'POST',
      text: '{}',
      contentType: 'text/plain',
    });

    expect(reply.status).toBe(415);
  });

  it('is served only under a loopback name', async () => {
    const status = await new Promise((resolve, reject) => {
      request(
        `${bench.simulator.url}/_simulator`,
        { headers: { host: 'attacker.example' } },
        ({ statusCode }) => resolve(statusCode),
      )
        .on('error', reject)
        .end();
    });

    expect(status).toBe(403);
  });
});
