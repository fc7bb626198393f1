import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
import { elevatedAdmin } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { expectProblem, perform } from '../support/forwarding.js';
import { type Reply } from '../support/reply.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
let editor: Browser;
let viewer: Browser;
let partner: Browser;
beforeAll(async () => {
  bff = await startBff();
  [editor, viewer, partner] = await Promise.all([
    bff.signedIn(the.editor),
    bff.signedIn(the.viewer),
    bff.signedIn(the.partner),
  ]);
});
afterAll(() => bff.close());

/** Lets the upstream answer. */
let release: () => void;
beforeEach(() => {
  bff.sinch.reset();
  const released = new Promise<void>((resolve) => (release = resolve));
  let count = 0;
  bff.sinch.production.answer(async () => {
    count += 1;
    const answer = answers[count] ?? { body: { answer: count } };
    await released;
    return answer;
  });
  answers = {};
});
/** The responses of the upstream by the number of the request; by default one that contains the number. */
let answers: Record<number, Reply>;

const requests = (): number => bff.sinch.production.requests.length;
const account = '/v1/tenants/acme/whatsapp';

const upstreamHas = (count: number): Promise<void> =>
  eventually(() => expect(requests()).toBe(count), { withinMs: 5_000 });

/** Begins reads and waits until the service has them all and the upstream has the given number of requests. */
async function begin(
  expected: number,
  ...reads: readonly (() => Promise<Answer>)[]
): Promise<Promise<Answer[]>[]> {
  const answered = reads.map((read) => read());
  for (const answer of answered) answer.catch(() => undefined);
  await upstreamHas(expected);
  // A complete exchange later, the service has read the others as well.
  await editor.get('/session');
  return [Promise.all(answered)];
}

describe('equal reads of a tenant at the same time', () => {
  it('share one call, also those of different users (RES-11)', async () => {
    const [answers] = await begin(1, ...Array.from({ length: 10 }, () => () => editor.get(account)), () =>
      viewer.get(account),
    );
    release();
    const bodies = (await answers)?.map(({ status, text }) => ({ status, text }));
    expect(bodies).toEqual(Array.from({ length: 11 }, () => ({ status: 200, text: '{"answer":1}' })));
    expect(requests()).toBe(1);
  });

  it('have request ids of their own, of which the upstream sees that of the first', async () => {
    const [answers] = await begin(
      1,
      () => editor.get(account),
      () => editor.get(account),
    );
    release();
    const ids = ((await answers) ?? []).map(({ headers }) => headers['x-request-id']);
    expect(new Set(ids).size).toBe(2);
    expect(ids).toContain(bff.sinch.production.lastRequest.headers['x-request-id']);
  });

  it('share an error (RES-11)', async () => {
    answers[1] = { status: 404, body: { errorCode: 'account_not_found', message: 'No.', resolution: 'X.' } };
    const [answered] = await begin(
      1,
      () => editor.get(account),
      () => viewer.get(account),
    );
    release();
    for (const answer of (await answered) ?? []) expect(answer.status).toBe(404);
    // The next read asks again.
    expect((await editor.get(account)).status).toBe(200);
  });

  it('are not affected when the first caller disconnects (RES-11)', async () => {
    const leave = new AbortController();
    const first = editor.request('GET', account, { signal: leave.signal });
    first.catch(() => undefined);
    const [answers] = await begin(1, () => viewer.get(account));
    leave.abort();
    await expect(first).rejects.toThrow('aborted');
    await editor.get('/session');
    expect(bff.sinch.production.lastRequest.aborted).toBe(false);
    release();
    expect((await answers)?.[0]).toMatchObject({ status: 200, text: '{"answer":1}' });
    expect(requests()).toBe(1);
  });

  it('are cancelled when the last caller disconnects (PRX-20)', async () => {
    const leave = new AbortController();
    const reads = [editor, editor].map((browser) =>
      browser.request('GET', account, { signal: leave.signal }),
    );
    const settled = Promise.allSettled(reads);
    await upstreamHas(1);
    await editor.get('/session');
    const aborted = bff.sinch.production.whenAborted();
    leave.abort();
    await Promise.all([settled, aborted]);
  });

  it('end at different times if their callers want that (RES-05)', async () => {
    const patient = editor.get(account);
    await upstreamHas(1);
    const impatient = await viewer.request('GET', account, { headers: { prefer: 'wait=1' } });
    expectProblem(impatient, 504, 'bff_upstream_timeout');
    release();
    expect(await patient).toMatchObject({ status: 200, text: '{"answer":1}' });
  });
});

it('reads of other tenants, paths and queries share nothing (RES-11)', async () => {
  const [answers] = await begin(
    5,
    () => editor.get(account),
    () => editor.get(`${account}/activities`),
    () => editor.get(`${account}/activities?pageSize=1`),
    () => editor.get(`${account}/activities?pageSize=2`),
    () => partner.get('/v1/tenants/orchard/whatsapp'),
  );
  release();
  expect(new Set((await answers)?.map(({ text }) => text)).size).toBe(5);
});

it('an elevated admin shares nothing with the members of the tenant (RES-11)', async () => {
  const admin = await elevatedAdmin(bff, { tenantId: 'acme' });
  bff.sinch['admin-production'].answer({ body: { from: 'admin plane' } });
  const [answers] = await begin(1, () => editor.get(account));
  expect((await admin.get(account)).text).toBe('{"from":"admin plane"}');
  release();
  expect((await answers)?.[0]?.text).toBe('{"answer":1}');
});

it('a caller whose session has ended gets no response of a shared call that was not sent yet', async () => {
  let issue = (): void => undefined;
  const issued = new Promise<void>((resolve) => (issue = resolve));
  const credentials = { ...the.acme.credentials, keyId: 'acme-key-shared' };
  await bff.apply({ tenants: [{ ...the.acme, credentials }] });
  bff.sinch.tokens.production.answer(async () => {
    await issued;
    return { body: { access_token: 'late', token_type: 'bearer', expires_in: 3600 } };
  });
  const asked = bff.sinch.tokens.production.nextRequest();
  const leaving = await bff.signedIn(the.viewer);
  const reads = Promise.all([leaving.get(account), viewer.get(account)]);
  await asked;
  await editor.get('/session');
  await leaving.request('DELETE', '/session');
  issue();
  release();
  const [ended, stayed] = await reads;
  expectProblem(ended, 401, 'bff_session_required');
  expect(stayed.status).toBe(200);
  expect(requests()).toBe(1);
});

describe('a read', () => {
  it('shares no call that began before a write of the tenant (RES-11)', async () => {
    const [before] = await begin(1, () => editor.get(account));
    const write = perform(editor, 'comments.create');
    await upstreamHas(2);
    const [during] = await begin(3, () => viewer.get(account));
    release();
    await write;
    expect((await before)?.[0]?.text).toBe('{"answer":1}');
    expect((await during)?.[0]?.text).toBe('{"answer":3}');
  });

  it('shares no call that began before a write of the tenant had ended (RES-11)', async () => {
    let finishWrite = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finishWrite = resolve));
    let reads = 0;
    bff.sinch.production.answer(async ({ method }) => {
      if (method !== 'GET') {
        await finished;
        return { status: 201, body: { written: true } };
      }
      reads += 1;
      const answer = { body: { answer: reads } };
      if (reads === 1) await new Promise<void>((resolve) => (releaseFirst = resolve));
      return answer;
    });
    let releaseFirst = (): void => undefined;
    const write = perform(editor, 'comments.create');
    await upstreamHas(1);
    const during = editor.get(account);
    await upstreamHas(2);
    finishWrite();
    expect((await write).status).toBe(201);
    expect((await viewer.get(account)).text).toBe('{"answer":2}');
    releaseFirst();
    expect((await during).text).toBe('{"answer":1}');
  });
});
