import { loadConfig } from '@bff/config';
import { expect, it } from '@jest/globals';
import { checkBrowser, type Intent } from './browser-checks.js';
import { FrontendRegistry } from './frontend.js';

const own = 'https://partners.example.com';
const listed = 'https://app.example.com';
const { frontends } = loadConfig({
  BFF_FRONTENDS: JSON.stringify([{ name: 'partners', class: 'partner', origin: own, origins: [listed] }]),
});
const frontend = new FrontendRegistry(frontends).atHost('partners.example.com');

type Verdict = 'passes' | 'bff_csrf_header_required' | 'bff_origin_not_allowed';

function verdict(intent: Intent, headers: Record<string, string>): Verdict {
  if (frontend === undefined) throw new Error('The frontend is missing');
  try {
    checkBrowser(frontend, headers, intent);
    return 'passes';
  } catch (error) {
    return (error as { errorCode: Verdict }).errorCode;
  }
}

type Row = [intent: Intent, headers: Record<string, string>, verdict: Verdict];

it.each<Row>([
  ['call', {}, 'bff_csrf_header_required'],
  ['call', { 'x-csrf': '0' }, 'bff_csrf_header_required'],
  ['call', { 'x-csrf': '1, 1' }, 'bff_csrf_header_required'],
  ['call', { 'x-csrf': '1' }, 'passes'],
  ['call', { 'x-csrf': '1', origin: own }, 'passes'],
  ['call', { 'x-csrf': '1', origin: listed }, 'passes'],
  ['call', { 'x-csrf': '1', origin: 'null' }, 'bff_origin_not_allowed'],
  ['call', { 'x-csrf': '1', origin: `${own}:8443` }, 'bff_origin_not_allowed'],
  ['call', { 'x-csrf': '1', origin: own.toUpperCase() }, 'bff_origin_not_allowed'],
  ['call', { 'x-csrf': '1', origin: `${own}.evil.example` }, 'bff_origin_not_allowed'],
  ['call', { 'x-csrf': '1', 'sec-fetch-site': 'same-origin' }, 'passes'],
  ['call', { 'x-csrf': '1', 'sec-fetch-site': 'same-origin', origin: 'null' }, 'bff_origin_not_allowed'],
  ['call', { 'x-csrf': '1', 'sec-fetch-site': 'same-site' }, 'bff_origin_not_allowed'],
  ['call', { 'x-csrf': '1', 'sec-fetch-site': 'same-site', origin: listed }, 'passes'],
  ['call', { 'x-csrf': '1', 'sec-fetch-site': 'cross-site', origin: listed }, 'bff_origin_not_allowed'],
  ['call', { 'x-csrf': '1', 'sec-fetch-site': 'none' }, 'bff_origin_not_allowed'],
  ['call', { 'x-csrf': '1', 'sec-fetch-site': 'Same-Origin' }, 'bff_origin_not_allowed'],
  ['call', { 'x-csrf': '1', 'sec-fetch-site': '' }, 'bff_origin_not_allowed'],
  ['navigation', {}, 'passes'],
  ['navigation', { 'x-csrf': '1' }, 'passes'],
  ['navigation', { 'x-csrf': '0' }, 'bff_csrf_header_required'],
  ['navigation', { 'x-csrf': '1, 1' }, 'bff_csrf_header_required'],
  ['navigation', { 'sec-fetch-site': 'none', 'sec-fetch-dest': 'document' }, 'passes'],
  ['navigation', { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' }, 'passes'],
  ['navigation', { 'sec-fetch-site': 'cross-site' }, 'passes'],
  ['navigation', { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'iframe' }, 'bff_origin_not_allowed'],
  ['navigation', { 'sec-fetch-site': 'none', 'sec-fetch-dest': 'empty' }, 'bff_origin_not_allowed'],
  ['navigation', { 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'document' }, 'passes'],
  ['navigation', { 'sec-fetch-site': 'same-site' }, 'passes'],
  ['navigation', { 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'iframe' }, 'bff_origin_not_allowed'],
  [
    'navigation',
    { 'sec-fetch-site': 'same-site', origin: 'https://elsewhere.test' },
    'bff_origin_not_allowed',
  ],
  ['server', {}, 'passes'],
  ['server', { 'x-csrf': '0' }, 'bff_csrf_header_required'],
  ['server', { 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'document' }, 'bff_origin_not_allowed'],
])('a %s with the headers %o %s (CSR-01, CSR-03, CSR-04)', (intent, headers, expected) => {
  expect(verdict(intent, headers)).toBe(expected);
});
