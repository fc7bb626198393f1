import { expect, it } from '@jest/globals';
import { siteOf } from './site.js';

it.each([
  ['https://app.example.com', 'https://bff.example.com'],
  ['https://app.example.com', 'https://example.com:8443'],
  ['https://app.example.co.uk', 'https://bff.example.co.uk'],
  ['https://app.bff.test', 'https://partners.bff.test'],
  ['http://localhost:5173', 'http://localhost:3000'],
  ['http://127.0.0.1:5173', 'http://127.0.0.1:3000'],
  ['http://[::1]:5173', 'http://[::1]:3000'],
  ['https://intranet:8443', 'https://intranet'],
])('%s and %s are same-site', (one, other) => {
  expect(siteOf(one)).toBe(siteOf(other));
});

it.each([
  ['https://app.example.com', 'https://bff.example.org'],
  ['https://app.example.com', 'http://bff.example.com'],
  ['https://one.co.uk', 'https://two.co.uk'],
  ['https://one.github.io', 'https://two.github.io'],
  ['https://one.github.io', 'https://github.io'],
  ['http://localhost:3000', 'http://console.localhost:3000'],
  ['http://console.localhost:3000', 'http://admin.localhost:3000'],
  ['http://app.console.localhost:3000', 'http://console.localhost:3000'],
  ['http://localhost:3000', 'http://127.0.0.1:3000'],
  ['http://10.0.0.1', 'http://10.0.0.2'],
  ['https://intranet', 'https://other'],
])('%s and %s are cross-site', (one, other) => {
  expect(siteOf(one)).not.toBe(siteOf(other));
});
