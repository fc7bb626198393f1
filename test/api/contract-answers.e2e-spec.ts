import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ContractFixture } from '../support/contract-fixture.js';
import { type Provocation } from '../support/contract-provocations.js';
import { PROVOCATIONS } from '../support/contract-table.js';
import { type Pair } from '../support/contract.js';
import { expectProblem } from '../support/forwarding.js';
import { type RouteName } from '../../apps/bff/src/http/routes.js';

let fixture: ContractFixture;
beforeAll(async () => {
  fixture = await ContractFixture.open();
});
afterAll(() => fixture.close());
beforeEach(() => {
  fixture.bff.sinch.reset();
  fixture.openId.reset();
});

const names = Object.keys(PROVOCATIONS) as RouteName[];
const rows = names.flatMap((name) =>
  (Object.entries(PROVOCATIONS[name]) as [Pair, Provocation][]).map(
    ([pair, provocation]) => [name, pair, provocation] as const,
  ),
);

describe('the table of provocations', () => {
  it('has exactly the operations of the document', () => {
    expect([...names].sort()).toEqual([...fixture.contract.names].sort());
  });

  it.each(names)('produces exactly the documented responses of %s', (name) => {
    expect(Object.keys(PROVOCATIONS[name]).sort()).toEqual([...fixture.contract.pairs(name)].sort());
  });
});

describe('a documented response', () => {
  it.each(rows)('can be produced and is valid: %s, %s', async (name, pair, { provoke, arrived }) => {
    const answer = await provoke(fixture, name);
    const [status, errorCode = ''] = pair.split(' ');
    if (Number(status) >= 400) expectProblem(answer, Number(status), errorCode);
    expect(fixture.contract.expectDocumented(name, answer)).toBe(pair);

    const { requests } = fixture.bff.sinch.all;
    expect(requests).toHaveLength(arrived);
    if (arrived !== 1) return;
    const example = fixture.contract.exampleBody(name);
    expect(requests.map(({ method, body }) => [method, body])).toEqual([
      [fixture.contract.operation(name).method, example === undefined ? '' : JSON.stringify(example)],
    ]);
  });
});
