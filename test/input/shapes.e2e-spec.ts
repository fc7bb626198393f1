import { afterAll, beforeAll, describe, it } from '@jest/globals';
import {
  type Editing,
  expectRefused,
  expectSent,
  input,
  type Members,
  partnerInitiated,
  sender,
  update,
  without,
  withSender,
} from '../support/account-bodies.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
let editing: Editing;
beforeAll(async () => {
  bff = await startBff();
  editing = { bff, browser: await bff.signedIn(the.editor) };
});
afterAll(() => bff.close());

describe('a new account', () => {
  it.each<[what: string, body: Members]>([
    [
      'partnerInitiated without its optional members',
      without(withSender(partnerInitiated, {}, 'region', 'metaLocalStorage'), 'businessManager'),
    ],
    ['input without its optional members', without(input, 'businessManager')],
  ])('may be %s', async (_, body) => {
    await expectSent(editing, 'POST', body);
  });

  it.each<[what: string, body: unknown, sentence: RegExp]>([
    ...['wabaName', 'clientBusinessManagerId', 'senderDetails'].map((name): [string, unknown, RegExp] => [
      `partnerInitiated without ${name}`,
      without(partnerInitiated, name),
      new RegExp(`^${name} must`),
    ]),
    ...['displayName', 'businessCategory'].map((name): [string, unknown, RegExp] => [
      `a sender without ${name}`,
      withSender(partnerInitiated, {}, name),
      new RegExp(`^senderDetails\\.${name} must`),
    ]),
    ...['companyLegalName', 'clientBusinessManagerId'].map((name): [string, unknown, RegExp] => [
      `input without ${name}`,
      without(input, name),
      new RegExp(`^${name} must`),
    ]),
    ['both shapes at once', { ...partnerInitiated, ...input }, /^companyLegalName should not exist/],
    ['input with a sender', { ...input, senderDetails: sender }, /^companyLegalName should not exist/],
    ['an envelope named input', { input }, /^input should not exist/],
    ['an envelope named partnerInitiated', { partnerInitiated }, /^partnerInitiated should not exist/],
    ['an unknown member', { ...partnerInitiated, state: 'ONBOARDED' }, /^state should not exist/],
    ["the tenant's project", { ...input, projectId: the.orchard.projectId }, /^projectId should not exist/],
    [
      'an unknown member of the sender',
      withSender(partnerInitiated, { x: 1 }),
      /^senderDetails\.x should not exist/,
    ],
    [
      'constructor in the sender',
      withSender(partnerInitiated, { constructor: 1 }),
      /constructor should not exist/,
    ],
    ['toString in the sender', withSender(partnerInitiated, { toString: 1 }), /toString should not exist/],
    [
      'a list of senders',
      { ...partnerInitiated, senderDetails: [sender] },
      /^senderDetails must be an object/,
    ],
    [
      'a sender that is a string',
      { ...partnerInitiated, senderDetails: 'x' },
      /^senderDetails must be an object/,
    ],
    [
      'a sender that is null',
      { ...partnerInitiated, senderDetails: null },
      /^senderDetails must be an object/,
    ],
    ['null', null, /object/],
    ['a list', [partnerInitiated], /object/],
    ['nothing', {}, /must/],
  ])('may not be %s', async (_, body, sentence) => {
    await expectRefused(editing, 'POST', body, sentence);
  });
});

describe('an update', () => {
  it.each<[what: string, body: Members]>([
    ['all members', update],
    ['a single member', { wabaName: 'x' }],
    ['an empty sender', { senderDetails: {} }],
    ['one member of the sender', { senderDetails: { region: 'US' } }],
    ['no member, which the upstream decides on', {}],
  ])('may have %s', async (_, body) => {
    await expectSent(editing, 'PATCH', body);
  });

  it.each<[what: string, body: unknown, sentence: RegExp]>([
    ['of businessManager', { ...update, businessManager: 'SINCH_UK' }, /^businessManager should not exist/],
    ['of the state', { state: 'ONBOARDED' }, /^state should not exist/],
    [
      'of an unknown member of the sender',
      withSender(update, { x: 1 }),
      /^senderDetails\.x should not exist/,
    ],
    ['in an envelope', { input: update }, /^input should not exist/],
    ['of a list of senders', { senderDetails: [] }, /^senderDetails must be an object/],
    ['of a sender that is null', { senderDetails: null }, /^senderDetails must be an object/],
    ['that is null', null, /object/],
    ['that is a list', [update], /object/],
    ['of hasOwnProperty', { hasOwnProperty: 1 }, /hasOwnProperty should not exist/],
  ])('may not be one %s', async (_, body, sentence) => {
    await expectRefused(editing, 'PATCH', body, sentence);
  });
});
