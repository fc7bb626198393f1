import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isPlainTarget } from './request-path.js';

it.each(['/', '/session', '/v1/tenants/acme/whatsapp', '/openapi.json', '/session?a=%2F..'])(
  'accepts the plain target %s',
  (target) => {
    expect(isPlainTarget(target)).toBe(true);
  },
);

it.each([
  '',
  '*',
  '//',
  '//session',
  '/session/',
  '/v1/tenants/acme/whatsapp/',
  '/v1//tenants',
  '/v1/./tenants',
  '/v1/../session',
  '/v1/tenants/..',
  '/v1/tenants/a%2Fb',
  '/v1/tenants/%2e%2e',
  '/v1/tenants/%252e',
  '/v1/tenants/%zz',
  '/v1\\tenants',
  '/session;a=b',
  '/session#a',
  '/session\u0000',
  '/sess%69on',
  'http://console.example.com/session',
  'session',
])('rejects the target %o', (target) => {
  expect(isPlainTarget(target)).toBe(false);
});

it('a plain path is unambiguous: decoding and URL resolution do not change it (PRX-02, PRX-03)', () => {
  const part = fc.constantFrom(
    '/',
    '.',
    '..',
    '%2F',
    '%2e',
    '\\',
    ';',
    '#',
    ' ',
    'a',
    'Z',
    '9',
    '-',
    '_',
    '?',
    '\u0000',
    'é',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const target = `/${parts.join('')}`;
      fc.pre(isPlainTarget(target));
      const path = target.split('?', 1)[0] ?? '';
      expect(new URL(`http://x${path}`).pathname).toBe(path);
      expect(decodeURIComponent(path)).toBe(path);
      expect(path === '/' || !path.includes('//')).toBe(true);
    }),
  );
});

it('hostile paths are rejected in linear time (VAL-05)', () => {
  const startedAt = performance.now();
  expect(isPlainTarget(`/${'a.'.repeat(100_000)}`)).toBe(false);
  expect(isPlainTarget(`/${'a-'.repeat(100_000)}%`)).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(500);
});
