import { isAdminNeed } from '@bff/tenancy';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { type RouteDefinition, ROUTES } from '../../apps/bff/src/http/routes.js';

/** Maximum time of one turn of the event loop for one request body. */
const LIMIT_MS = 10;
/** The same limit in units of {@link referenceWork}, for slow or busy machines. */
const LIMIT_IN_REFERENCES = 3;
/** The cheapest attempt counts: garbage collection and other processes add to the others. */
const ATTEMPTS = 20;
const MIB = 1024 * 1024;

let bff: Bff;
let editor: Browser;
let admin: Browser;
beforeAll(async () => {
  bff = await startBff();
  editor = await bff.signedIn(the.editor);
  admin = await bff.signedIn(the.admin, 'admin');
});
afterAll(() => bff.close());

/** A body of 1 MiB: a prefix, a repeated part and a suffix. */
function filled(first: string, part: string, last: string): string {
  const room = MIB - first.length - last.length;
  return first + part.repeat(Math.floor(room / Buffer.byteLength(part))) + last;
}

const everyField = (value: string): string =>
  JSON.stringify({
    ...{ email: value, password: value, current: value, new: value, code: value, reason: value },
    ...{ returnTo: value, comment: value, wabaName: value, clientBusinessManagerId: value, id: value },
    ...{ name: value, projectId: value, keyId: value, keySecret: value, totpSecret: value, role: value },
    identity: { issuer: value, subject: value },
    memberships: [{ tenant: value, role: value }],
    senderDetails: { displayName: value, businessCategory: value },
  });
const members = (count: number): string =>
  Array.from({ length: count }, (_, index) => `"member-${index}":1`).join(',');
const list = (entry: string, count: number): string => `[${Array(count).fill(entry).join(',')}]`;

const texts: Readonly<Record<string, string>> = {
  '4 900 unknown members': `{${members(4_900)}}`,
  '900 unknown members': `{${members(900)}}`,
  '900 unknown members of a record': `{"identity":{${members(400)}},"senderDetails":{${members(400)}}}`,
  '1 MiB of members': `{${members(MIB / 17)}}`,
  '1 MiB of elements': filled('{"memberships":[', '1,', '1]}'),
  '1 MiB of empty records': filled('{"memberships":[', '{},', '{}]}'),
  '300 empty memberships': `{"memberships":${list('{}', 300)}}`,
  '300 memberships with a wrong role': `{"memberships":${list('{"tenant":"acme","role":"x"}', 300)},"x":1}`,
  '900 elements in every field': `{"email":${list('[]', 300)},"comment":${list('{}', 300)},"name":${list('1', 300)}}`,
  '1 MiB of opening brackets': '['.repeat(MIB),
  'a member with a name of 1 MiB': filled('{"', 'n', '":1}'),
  'a text of 1 MiB': filled('{"email":"', 'a@', '"}'),
  'a text of 1 MiB in escapes': filled('{"password":"', '\\u0041', '"}'),
  'a text of 1 MiB in emoji': filled('{"comment":"', '👋', '"}'),
  'emoji in every field': everyField('👋'.repeat(4_000)),
  'half an address in every field': everyField('a@'.repeat(4_000)),
  'control characters in every field': everyField('\u0001'.repeat(4_000)),
  'half an https address in every field': everyField(`https://${'a.'.repeat(4_000)}`),
  'a number of 1 MiB': filled('{"code":', '1', '}'),
  '1 MiB of white space': filled('{"x":1', ' ', '}'),
  '1 MiB of quotation marks': filled('{"email":"', '\\"', '"}'),
  '1 MiB that is not JSON': filled('', '"a":', ''),
};

/** As bytes, because the client of the test shares the event loop with the service. */
const bodies = Object.entries(texts).map(([what, text]) => [what, Buffer.from(text)] as const);

/**
 * The costliest turn of the event loop, in milliseconds: by the clock, to which other processes add, or by the CPU time
 * of the thread, which may be counted in steps of 4 ms; the smaller value is closer to the cost.
 */
async function costliestTurn(work: () => Promise<Answer>): Promise<number> {
  let costliest = 0;
  let working = true;
  let before = performance.now();
  let usageBefore = process.threadCpuUsage();
  const turn = (): void => {
    const now = performance.now();
    const { user, system } = process.threadCpuUsage(usageBefore);
    costliest = Math.max(costliest, Math.min(now - before, (user + system) / 1_000));
    before = now;
    usageBefore = process.threadCpuUsage();
    if (working) setImmediate(turn);
  };
  setImmediate(turn);
  expectProblem(await work(), 400, 'bff_invalid_input');
  working = false;
  return costliest;
}

const chunks = Array.from({ length: 16 }, () => Buffer.alloc(MIB / 16, ' '));

/** Milliseconds of the minimal work of a JSON server on 1 MiB: join, decode and parse. */
function referenceWork(): number {
  const startedAt = performance.now();
  const text = Buffer.concat([Buffer.from('"a"'), ...chunks]).toString('utf8');
  expect(JSON.parse(text)).toBe('a');
  return performance.now() - startedAt;
}

const routes = Object.values(ROUTES as Record<string, RouteDefinition>).filter(
  ({ method, form }) => method !== 'GET' && form !== true,
);

it.each(routes)('no body of 1 MiB costs more than 10 ms at $method $path (VAL-13)', async (route) => {
  const browser = isAdminNeed(route.needs) ? admin : editor;
  const path = route.path.replace(':tenantId', 'acme').replace(/:\w+/, 'x');
  const headers = { 'content-type': 'application/json' };
  const tooCostly: Record<string, number> = {};
  for (const [what, rawBody] of bodies) {
    let cost = Infinity;
    let limit = LIMIT_MS;
    for (let attempt = 0; attempt < ATTEMPTS && cost > limit; attempt += 1) {
      const ask = (): Promise<Answer> => browser.request(route.method, path, { rawBody, headers });
      cost = await costliestTurn(ask);
      limit = Math.max(LIMIT_MS, LIMIT_IN_REFERENCES * referenceWork());
    }
    if (cost > limit) tooCostly[what] = cost;
  }
  expect(tooCostly).toEqual({});
  expectNothingAsked(bff.sinch);
});

it('an error names at most 20 unknown members, and counts the others', async () => {
  const answer = await editor.post('/session', JSON.parse(`{${members(900)}}`));
  const { additionalInformation } = expectProblem(answer, 400, 'bff_invalid_input');
  const { validationErrors } = additionalInformation as { validationErrors: string[] };
  expect(validationErrors).toHaveLength(21);
  expect(validationErrors[0]).toBe('member-0 should not exist');
  expect(validationErrors[20]).toBe('and 880 further problems');
});
