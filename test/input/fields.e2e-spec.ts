import { afterAll, beforeAll, describe, it } from '@jest/globals';
import {
  type Editing,
  expectRefused,
  expectSent,
  input,
  type Members,
  type Method,
  partnerInitiated,
  update,
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

const businessManagers = ['SINCH_AMERICA', 'SINCH_BR', 'SINCH_MX', 'SINCH_SEP', 'SINCH_UK'];
const regions = ['BR', 'EU', 'US'];
const storages = 'AE AU BH BR CA CH DE GB ID IN JP KR SG US ZA'.split(' ');
const categories = (
  'ALCOHOL AUTOMOTIVE BEAUTY_SPA_SALON CLOTHING_AND_APPAREL EDUCATION ENTERTAINMENT ' +
  'EVENT_PLANNING_AND_SERVICE FINANCE_AND_BANKING FOOD_AND_GROCERY HOTEL_AND_LODGING MEDICAL_AND_HEALTH ' +
  'NON_PROFIT OTC_DRUGS OTHER PHYSICAL_GAMBLING PROFESSIONAL_SERVICES PUBLIC_SERVICE RESTAURANT ' +
  'SHOPPING_AND_RETAIL TRAVEL_AND_TRANSPORTATION'
).split(' ');

const wrongValues = [null, 1, true, {}, [], ['x'], { length: 1 }, [[]]];

/** Strings of 1 to 255 characters: the body with one of them, by its value. */
const texts: [what: string, Method, place: string, body: (value: unknown) => Members][] = [
  ['wabaName of a new account', 'POST', 'wabaName', (wabaName) => ({ ...partnerInitiated, wabaName })],
  [
    'clientBusinessManagerId of a new account',
    ...(['POST', 'clientBusinessManagerId'] as const),
    (clientBusinessManagerId) => ({ ...partnerInitiated, clientBusinessManagerId }),
  ],
  [
    'displayName of a new account',
    ...(['POST', 'senderDetails.displayName'] as const),
    (displayName) => withSender(partnerInitiated, { displayName }),
  ],
  [
    'companyLegalName of input',
    'POST',
    'companyLegalName',
    (companyLegalName) => ({ ...input, companyLegalName }),
  ],
  [
    'clientBusinessManagerId of input',
    ...(['POST', 'clientBusinessManagerId'] as const),
    (clientBusinessManagerId) => ({ ...input, clientBusinessManagerId }),
  ],
  [
    'companyLegalName of an update',
    'PATCH',
    'companyLegalName',
    (companyLegalName) => ({ companyLegalName }),
  ],
  ['wabaName of an update', 'PATCH', 'wabaName', (wabaName) => ({ ...update, wabaName })],
  [
    'clientBusinessManagerId of an update',
    ...(['PATCH', 'clientBusinessManagerId'] as const),
    (clientBusinessManagerId) => ({ ...update, clientBusinessManagerId }),
  ],
  [
    'displayName of an update',
    ...(['PATCH', 'senderDetails.displayName'] as const),
    (displayName) => ({ senderDetails: { displayName } }),
  ],
];

describe.each(texts)('%s', (_, method, place, body) => {
  it.each<[what: string, text: string]>([
    ['one character', 'x'],
    ['255 characters', 'x'.repeat(255)],
    ['255 emoji', '👋'.repeat(255)],
    ['a space', ' '],
    ['text that looks like markup or a path', '<script>../../"\u0000\u2028'],
    ['a lone surrogate', '\ud83d'],
  ])('may be %s', async (_what, text) => {
    await expectSent(editing, method, body(text));
  });

  it('must be a string of 1 to 255 characters', async () => {
    for (const value of ['', 'x'.repeat(256), '👋'.repeat(256), ...wrongValues]) {
      await expectRefused(editing, method, body(value), new RegExp(`^${place} must be`));
    }
  });
});

const enums: [what: string, Method, place: string, members: string[], body: (value: unknown) => Members][] = [
  [
    'businessManager',
    'POST',
    '',
    businessManagers,
    (businessManager) => ({ ...partnerInitiated, businessManager }),
  ],
  [
    'businessManager of input',
    'POST',
    '',
    businessManagers,
    (businessManager) => ({ ...input, businessManager }),
  ],
  ['region', 'POST', 'senderDetails.', regions, (region) => withSender(partnerInitiated, { region })],
  [
    ...(['metaLocalStorage', 'POST', 'senderDetails.', storages] as const),
    (metaLocalStorage) => withSender(partnerInitiated, { metaLocalStorage }),
  ],
  [
    ...(['businessCategory', 'POST', 'senderDetails.', categories] as const),
    (businessCategory) => withSender(partnerInitiated, { businessCategory }),
  ],
  ['region of an update', 'PATCH', 'senderDetails.', regions, (region) => ({ senderDetails: { region } })],
  [
    ...(['metaLocalStorage of an update', 'PATCH', 'senderDetails.', storages] as const),
    (metaLocalStorage) => withSender(update, { metaLocalStorage }),
  ],
  [
    ...(['businessCategory of an update', 'PATCH', 'senderDetails.', categories] as const),
    (businessCategory) => withSender(update, { businessCategory }),
  ],
];

it.each(enums)(
  '%s accepts the values of the upstream and no others',
  async (what, method, parent, members, body) => {
    for (const member of members) await expectSent(editing, method, body(member));
    const place = `${parent}${what.split(' ')[0]}`;
    const [first = ''] = members;
    const outsiders = [
      'UNRECOGNIZED',
      'UNSPECIFIED',
      'NOT_SET',
      'ONLINE_GAMBLING',
      'toString',
      '__proto__',
      'FR',
      '',
    ];
    for (const value of [...outsiders, first.toLowerCase(), `${first} `, [first], ...wrongValues]) {
      await expectRefused(editing, method, body(value), new RegExp(`^${place} must be one of`));
    }
  },
);
