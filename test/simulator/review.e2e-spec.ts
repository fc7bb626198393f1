import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { accountPath, partnerInitiated, putProject, startBench, type Bench } from './harness.js';

describe('a project of the Sinch simulator with a review', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await startBench();
  });
  afterEach(() => bench.simulator.close());

  const statusOf = async (): Promise<unknown> =>
    ((await bench.send(accountPath())).body['changes'] as { status?: unknown } | undefined)?.status;

  it('decides every submission directly after the response with the state in progress', async () => {
    await putProject(bench, { review: 'REJECTED' });
    for (const [method, json, status] of [
      ['POST', partnerInitiated, 201],
      ['PATCH', { wabaName: 'Northwind Limited' }, 200],
      ['PATCH', { wabaName: 'Northwind Traders Limited' }, 200],
    ] as const) {
      const answer = await bench.send(accountPath(), { method, json });
      expect(answer.status).toBe(status);
      expect(answer.body).toMatchObject({ changes: { status: 'IN_PROGRESS' } });
      expect(await statusOf()).toBe('REJECTED');
    }
    expect((await bench.send(accountPath(), { method: 'DELETE' })).status).toBe(204);
  });

  it('leaves submissions undecided after it was replaced without a review', async () => {
    await putProject(bench, { review: 'REJECTED' });
    await putProject(bench);
    await bench.send(accountPath(), { method: 'POST', json: partnerInitiated });
    expect(await statusOf()).toBe('IN_PROGRESS');
  });

  it('rejects a review that is not a decision', async () => {
    await expect(putProject(bench, { review: 'IN_PROGRESS' })).rejects.toThrow('400');
  });
});
