import { expect, it } from '@jest/globals';
import { browserIn, browserOf } from './browser-cookie.js';

const value = 'B'.repeat(43);

it('a new browser cookie has exactly the attributes of docs/contract.md section 3', () => {
  const browser = browserOf(undefined);
  expect(browser.value).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(browser.setCookies).toEqual([
    `__Host-bff-browser=${browser.value}; Path=/; HttpOnly; Secure; SameSite=Lax`,
  ]);
});

it('a known browser keeps its cookie', () => {
  expect(browserOf(`__Host-bff-browser=${value}`)).toEqual({ value, setCookies: [] });
});

it('the browser cookie is not read from a cookie of another name', () => {
  expect(browserIn(`__Host-bff-session=${value}`)).toBeUndefined();
  expect(browserIn(value)).toBeUndefined();
});
