import { loadConfig } from '@bff/config';
import { describe, expect, it } from '@jest/globals';
import { checkBrowser } from './browser-checks.js';
import { FrontendRegistry } from './frontend.js';

const listed = 'https://app.example.com';
const { frontends } = loadConfig({
  BFF_FRONTENDS: JSON.stringify([
    { name: 'partners', class: 'partner', origin: 'https://partners.example.com', origins: [listed] },
    { name: 'admin', class: 'admin', origin: 'https://admin.example.com' },
  ]),
});

describe('errors without details, the default', () => {
  const registry = new FrontendRegistry(frontends);

  it('the error for an unknown host has the same text for every host and names no frontend', () => {
    const { detail } = registry.unknownHost('evil.example');
    expect(registry.unknownHost('partners.example.com:8443').detail).toBe(detail);
    expect(detail).not.toContain('example');
  });

  it('the error for an admin on another frontend names the class and no origin', () => {
    expect(registry.adminFrontendRequired('bff_role_required').resolution).toBe(
      'Sign in on a frontend of class admin.',
    );
  });
});

describe('detailed errors', () => {
  const registry = new FrontendRegistry(frontends, true);

  it('the error for an admin on another frontend names the origins of class admin', () => {
    expect(registry.adminFrontendRequired('bff_role_required').resolution).toBe(
      'Sign in on a frontend of class admin: https://admin.example.com.',
    );
  });

  it('the error for a cross-site call from a listed origin does not claim that Origin is missing', () => {
    const frontend = registry.atHost('partners.example.com');
    if (frontend === undefined) throw new Error('The frontend is missing');
    const headers = { 'x-csrf': '1', origin: listed, 'sec-fetch-site': 'cross-site' };
    expect(() => checkBrowser(frontend, headers, 'call')).toThrow(
      expect.objectContaining({
        detail:
          'Received Sec-Fetch-Site: "cross-site"; partners allows same-origin, and same-site from a listed origin.',
      }),
    );
  });
});
