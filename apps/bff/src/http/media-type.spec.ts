import { expect, it } from '@jest/globals';
import { isForm, isReadable } from './media-type.js';

const json = (parameters: string): boolean =>
  isReadable({ headers: { 'content-type': `application/json${parameters}` } }, false);

it.each([
  '',
  ';',
  '; charset=utf-8',
  ';charset=UTF-8',
  '; charset="utf-8"',
  '; CharSet = "Utf-8" ; v=1',
  '; v=1',
  '; charset=utf-8 ; v=1',
])('a JSON body of type application/json%s is read', (parameters) => {
  expect(json(parameters)).toBe(true);
});

it.each([
  '; charset=iso-8859-1',
  ';charset="UTF-16"',
  '; CHARSET=latin1',
  '; charset=utf8',
  '; charset=',
  '; charset=""',
  '; v=1; charset=us-ascii',
  '; charset = utf-16',
  '; charset=utf"-8"',
  '; charset="utf-8"x',
  '; charset="utf-8" x; v=1',
  '; charset=utf-8; charset=utf-16',
])('a JSON body of type application/json%s is rejected', (parameters) => {
  expect(json(parameters)).toBe(false);
});

it.each<[encoding: string, readable: boolean]>([
  ['identity', true],
  ['Identity', true],
  ['', true],
  ['gzip', false],
  ['br', false],
  ['identity, gzip', false],
  ['gzip, identity', false],
])('a body with Content-Encoding %j is read: %s', (encoding, readable) => {
  for (const form of [false, true]) {
    expect(isReadable({ headers: { 'content-encoding': encoding } }, form)).toBe(readable);
  }
});

it('a form is read regardless of its charset', () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=ISO-8859-1' };
  expect(isReadable({ headers }, true)).toBe(true);
});

it.each<[type: string | undefined, form: boolean]>([
  ['application/x-www-form-urlencoded', true],
  ['Application/X-WWW-Form-Urlencoded ; charset=utf-8', true],
  ['application/json', false],
  ['', false],
  [undefined, false],
])('a body of type %j is a form: %s', (type, form) => {
  expect(isForm({ headers: { 'content-type': type } })).toBe(form);
});
