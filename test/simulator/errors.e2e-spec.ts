import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  accountPath,
  admin,
  partnerInitiated,
  putAdmin,
  putProject,
  startBench,
  type Bench,
} from './harness.js';
import { corrupt, messages, rows, sentences, type Given } from './error-cases.js';

describe('errors of the Sinch simulator', () => {
  let bench: Bench;
  let adminToken: string;
  let count = 0;

  beforeAll(async () => {
    bench = await startBench();
    await putAdmin(bench);
    adminToken = await bench.token('admin-production', admin);
  });
  afterAll(() => bench.simulator.close());

  async function provoke(method: string, path: string, given: Given) {
    const { environment = 'production', account = 'NONE', condition } = given;
    count += 1;
    const project = `project-${count}`;
    if (!given.unknownProject) await putProject(bench, { environment, projectId: project, account });
    if (condition) await bench.control('PUT', `/projects/${environment}/${project}/condition`, condition);

    const { json, text, contentType } = given;
    const server = given.admin ? `admin-${environment}` : environment;
    return bench.send(`${accountPath(server, project)}${path}`, {
      method,
      ...(json !== undefined && { json }),
      ...(text !== undefined && { text }),
      ...(contentType !== undefined && { contentType }),
      ...(given.admin && { authorization: `Bearer ${adminToken}` }),
      ...(given.anonymous && { authorization: undefined }),
    });
  }

  it.each(rows)('include %s with %i for %s %s (case %#)', async (code, status, method, path, given) => {
    const reply = await provoke(method, path, given);

    expect(reply.status).toBe(status);
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
    expect(reply.body).toMatchObject({
      errorCode: code,
      message: messages[code],
      resolution: expect.any(String),
    });
  });

  it.each(sentences)('name the problem of %s', async (_, method, path, json, expected) => {
    const { body } = await provoke(method, path, { json });

    expect(body['additionalInformation']).toEqual({ validationErrors: expected });
  });

  it('of a deletion name the project and the senders', async () => {
    const { body } = await provoke('DELETE', '', {
      account: 'ONBOARDED',
      condition: { senderIds: ['sender-1'] },
    });

    expect(body).toEqual({
      errorCode: 'account_has_senders',
      message: 'Account has senders.',
      resolution: 'Delete the senders first.',
      additionalInformation: { projectId: `project-${count}`, senderIds: ['sender-1'] },
    });
  });

  it('of a deletion name the project whose senders have pending changes', async () => {
    const { body } = await provoke('DELETE', '', {
      account: 'ONBOARDED',
      condition: { pendingSenderChanges: true },
    });

    expect(body['additionalInformation']).toEqual({ projectId: `project-${count}` });
  });

  it.each(['SINCH_AMERICA', 'SINCH_UK'])(
    'are not returned by staging for the business manager %s',
    async (businessManager) => {
      const json = { ...partnerInitiated, businessManager };

      expect((await provoke('POST', '', { environment: 'staging', json })).status).toBe(201);
    },
  );

  it('of corrupt data are not returned by operations that document no such error', async () => {
    expect((await provoke('GET', '/activities', corrupt)).status).toBe(200);
    expect((await provoke('DELETE', '', corrupt)).status).toBe(204);
  });

  it.each(['/production/v1/projects/p/whatsapp/senders', '/production', '/elsewhere/v1/projects/p/whatsapp'])(
    'include 404 at %s',
    async (path) => {
      expect((await bench.send(path)).status).toBe(404);
    },
  );

  it('include 413 for a body larger than any comment', async () => {
    const text = 'x'.repeat(2 * 1024 * 1024 + 1);

    expect((await provoke('POST', '', { text })).status).toBe(413);
  });
});
