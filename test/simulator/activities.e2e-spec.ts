import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  accountPath,
  projectId,
  putProject,
  startBench,
  type Bench,
  type Json,
  type Reply,
} from './harness.js';

describe('the activities of an account in the Sinch simulator', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await startBench();
    await putProject(bench, { account: 'IN_PROGRESS' });
  });
  afterEach(() => bench.simulator.close());

  const list = (query = '', project = projectId): Promise<Reply> =>
    bench.send(`${accountPath('production', project)}/activities${query}`);

  async function comment(...texts: string[]): Promise<void> {
    for (const text of texts) {
      bench.clock.at += 1000;
      await bench.send(`${accountPath()}/comments`, { method: 'POST', json: { comment: text } });
    }
  }

  const shown = ({ body }: Reply): unknown[] =>
    (body['notifications'] as Json[]).map(({ comment: text, type }) => text ?? type);

  it('a page has fifty entries by default', async () => {
    await comment(...Array.from({ length: 50 }, (_, index) => `comment ${index}`));

    const first = await list();
    expect(first.body).toMatchObject({ totalSize: 51, pageSize: 50 });
    expect(shown(first)).toHaveLength(50);
    expect(shown(first)[0]).toBe('comment 49');
    const second = await list(`?pageToken=${String(first.body['nextPageToken'])}`);
    expect(shown(second)).toEqual(['CREATED']);
  });

  it('page tokens lead forward and back, with the newest entries first', async () => {
    await comment('a', 'b', 'c', 'd');

    const first = await list('?pageSize=2');
    expect(shown(first)).toEqual(['d', 'c']);
    expect(first.body).not.toHaveProperty('previousPageToken');

    const second = await list(`?pageSize=2&pageToken=${String(first.body['nextPageToken'])}`);
    expect(shown(second)).toEqual(['b', 'a']);

    const third = await list(`?pageSize=2&pageToken=${String(second.body['nextPageToken'])}`);
    expect(shown(third)).toEqual(['CREATED']);
    expect(third.body).not.toHaveProperty('nextPageToken');

    const back = await list(`?pageSize=2&pageToken=${String(third.body['previousPageToken'])}`);
    expect(shown(back)).toEqual(['b', 'a']);
  });

  it('a page token leads to the same position after an activity was added', async () => {
    await comment('a', 'b', 'c');
    const first = await list('?pageSize=2');
    await comment('d');

    expect(shown(await list(`?pageSize=2&pageToken=${String(first.body['nextPageToken'])}`))).toEqual([
      'a',
      'CREATED',
    ]);
  });

  it('a page token of one project is rejected for another', async () => {
    await comment('a');
    await putProject(bench, { projectId: 'another', account: 'REJECTED' });
    const { body } = await list('?pageSize=1');

    const reply = await list(`?pageToken=${String(body['nextPageToken'])}`, 'another');

    expect(reply.status).toBe(400);
    expect(reply.body).toMatchObject({ errorCode: 'invalid_page_token' });
  });

  it('a comment of the review has another author than a comment through the API', async () => {
    await comment('from the API');
    await bench.control('POST', `/projects/production/${projectId}/settle`, {
      outcome: 'REJECTED',
      comment: 'from the staff',
    });

    expect((await list('?pageSize=3')).body['notifications']).toEqual([
      {
        type: 'COMMENT_ADDED',
        comment: 'from the staff',
        created: '2026-02-03T09:00:01.000Z',
        author: 'Sinch onboarding team',
      },
      { type: 'REJECTED', created: '2026-02-03T09:00:01.000Z', author: 'Sinch onboarding team' },
      {
        type: 'COMMENT_ADDED',
        comment: 'from the API',
        created: '2026-02-03T09:00:01.000Z',
        author: 'Provisioning API user',
      },
    ]);
  });
});
