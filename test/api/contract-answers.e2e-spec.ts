import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ContractFixture } from '../support/contract-fixture.js';
import { type Provocation } from '../support/contract-provocations.js';
import { PROVOCATIONS } from '../support/contract-table.js';
import { type Pair } from '../support/contract.js';
import { expectProblem } from '../support/forwarding.js';
import { type RouteName } from '../../apps/bff/src/http/routes.js';

let room: ContractFixture;
beforeAll(async () => {
  room = await ContractFixture.open();
});
afterAll(() => room.close());
beforeEach(() => {
  room.bff.sinch.reset();
  room.openId.reset();
});

const names = Object.keys(PROVOCATIONS) as RouteName[];
const rows = names.flatMap((name) =>
  (Object.entries(PROVOCATIONS[name]) as [Pair, Provocation][]).map(
    ([pair, provocation]) => [name, pair, provocation] as const,
  ),
);

describe('the table of provocations', () => {
  it('has the operations of the document, and no others', () => {
    expect([...names].sort()).toEqual([...room.contract.names].sort());
  });

  it.each(names)('provokes exactly the documented answers of %s', (name) => {
    expect(Object.keys(PROVOCATIONS[name]).sort()).toEqual([...room.contract.pairs(name)].sort());
  });
});

describe('every documented answer can be produced, and is valid', () => {
  it.each(rows)('%s: %s', async (name, pair, { provoke, arrived }) => {
    const answer = await provoke(room, name);
    const [status, errorCode = ''] = pair.split(' ');
    if (Number(status) >= 400) expectProblem(answer, Number(status), errorCode);
    expect(room.contract.expectDocumented(name, answer)).toBe(pair);

    const { requests } = room.bff.sinch.all;
    expect(requests).toHaveLength(arrived);
    if (arrived !== 1) return;
    const example = room.contract.exampleBody(name);
    expect(requests.map(({ method, body }) => [method, body])).toEqual([
      [room.contract.operation(name).method, example === undefined ? '' : JSON.stringify(example)],
    ]);
  });
});
