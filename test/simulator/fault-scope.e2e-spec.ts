import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  accountPath,
  admin,
  askForToken,
  projectId,
  putAdmin,
  putProject,
  startBench,
  type Bench,
  type Json,
} from './harness.js';

describe('the scope of faults of the Sinch simulator', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await startBench();
    await putProject(bench, { account: 'ONBOARDED' });
  });
  afterEach(() => bench.simulator.close());

  const provoke = (fault: Json) => bench.control('POST', '/faults', fault);
  const faults = async () => (await bench.control('GET', '/faults')).body['faults'];

  it('a fault affects its number of requests, and the list counts down', async () => {
    const { status, body } = await provoke({ answer: { status: 503 }, times: 2, server: 'production' });
    expect(status).toBe(201);
    expect(body).toEqual({ id: '1', server: 'production', remaining: 2, answer: { status: 503 } });

    await bench.send(accountPath());
    expect(await faults()).toMatchObject([{ id: '1', remaining: 1 }]);
    await bench.send(accountPath());
    expect(await faults()).toEqual([]);
    expect((await bench.send(accountPath())).status).toBe(200);
  });

  it('a fault without a limit lasts until it is cleared', async () => {
    await provoke({ answer: { status: 503 }, times: 0 });
    await provoke({ answer: { status: 502 }, times: 0 });
    await bench.send(accountPath());
    expect(await faults()).toMatchObject([{ remaining: 0 }, { remaining: 0 }]);

    expect((await bench.control('DELETE', '/faults/1')).status).toBe(204);
    expect((await bench.send(accountPath())).status).toBe(502);
    expect((await bench.control('DELETE', '/faults')).status).toBe(204);
    expect((await bench.send(accountPath())).status).toBe(200);
  });

  it.each([
    ['another server', { server: 'staging' }],
    ['another project', { projectId: 'another' }],
    ['another operation', { operation: 'activities.list' }],
  ])('a fault of %s does not affect a request', async (_, scope) => {
    await provoke({ ...scope, answer: { status: 503 } });

    expect((await bench.send(accountPath())).status).toBe(200);
  });

  it.each([
    ['token', 'POST', '/production/oauth2/token'],
    ['account.get', 'GET', accountPath()],
    ['account.create', 'POST', accountPath()],
    ['account.update', 'PATCH', accountPath()],
    ['account.delete', 'DELETE', accountPath()],
    ['activities.list', 'GET', `${accountPath()}/activities`],
    ['comments.create', 'POST', `${accountPath()}/comments`],
  ])('a fault of %s affects %s %s', async (operation, method, path) => {
    await provoke({ operation, server: 'production', answer: { status: 418 } });

    expect((await bench.send(path, { method })).status).toBe(418);
  });

  it('a fault of a project affects its token requests only when it names them', async () => {
    await provoke({ projectId, answer: { status: 503 } });
    expect((await askForToken(bench, 'production')).status).toBe(200);
    expect((await bench.send(accountPath())).status).toBe(503);

    await putAdmin(bench);
    await provoke({ projectId, operation: 'token', answer: { status: 503 } });
    expect(await bench.token('admin-production', admin)).toContain('.');
    expect((await askForToken(bench, 'production')).status).toBe(503);
  });
});
