import { expect } from '@jest/globals';
import { type RouteName } from '../../apps/bff/src/http/routes.js';
import { type Answer } from './browser.js';
import {
  asked,
  askedByAnother,
  call,
  here,
  inSession,
  mayHaveBody,
  navigation,
  ofAdmin,
  type Provocations,
  success,
} from './contract-provocations.js';
import { askElevation } from './elevating.js';
import { eventually } from './eventually.js';
import { the } from './the.js';

/** The responses of the pages, of sign-in and of sessions. */
export const SESSION_PROVOCATIONS = {
  home: { ...navigation, ...asked(200) },
  'documentation.document': { ...navigation, ...asked(200) },
  'documentation.page': { ...navigation, ...asked(200) },
  'session.create': {
    ...call,
    ...mayHaveBody,
    ...success(201, (fixture, name) => {
      const { email, password } = the.editor;
      return fixture.ask(name, { browser: fixture.bff.browser(), body: { email, password } });
    }),
    '401 bff_invalid_credentials': here((fixture, name) =>
      fixture.ask(name, { browser: fixture.bff.browser() }),
    ),
    '503 bff_directory_unavailable': here(async (fixture, name) => {
      const { email, password } = the.viewer;
      const browser = fixture.bff.browser();
      return fixture.without('directory_version', () =>
        eventually(
          async () => {
            const answer = await fixture.ask(name, { browser, body: { email, password } });
            expect(answer.status).toBe(503);
            return answer;
          },
          { withinMs: 5_000 },
        ),
      );
    }),
    '429 bff_too_many_attempts': here(async (fixture, name) => {
      const attempt = (): Promise<Answer> =>
        fixture.ask(name, {
          browser: fixture.bff.browser(),
          body: { email: 'nobody@acme.example', password: 'no' },
        });
      for (let failures = 0; failures < 10; failures += 1) await attempt();
      return attempt();
    }),
  },
  'session.read': { ...inSession, ...asked(200) },
  'session.end': {
    ...call,
    ...mayHaveBody,
    ...askedByAnother(204),
    ...success(200, async (fixture, name) =>
      fixture.ask(name, { browser: await fixture.openId.userWithoutPassword(fixture.bff) }),
    ),
  },
  'session.login': {
    ...navigation,
    ...success(302, (fixture) => fixture.openId.login(fixture.bff, 'console')),
    '404 bff_route_not_found': here((fixture) => fixture.openId.login(fixture.bff, 'narrow')),
    '502 bff_upstream_invalid_response': here((fixture) => fixture.openId.login(fixture.bff, 'odd')),
    '503 bff_upstream_unavailable': here((fixture) => fixture.openId.login(fixture.bff, 'away')),
  },
  'session.callback': {
    ...navigation,
    ...success(302, (fixture) => fixture.openId.callback(fixture.bff)),
    '401 bff_invalid_credentials': here((fixture) =>
      fixture.openId.callback(fixture.bff, { signature: 'none' }),
    ),
    '401 bff_session_required': here((fixture) =>
      fixture.openId.stepUp(fixture.bff, {}, (browser) => browser.delete('/session')),
    ),
    '403 bff_elevation_refused': here((fixture) => fixture.openId.stepUp(fixture.bff, { acr: 'lower' })),
    '403 bff_role_required': here((fixture) =>
      fixture.openId.callback(fixture.bff, { claims: { sub: 'staff' } }, 'partners'),
    ),
    '404 bff_route_not_found': here((fixture, name) =>
      fixture.ask(name, { browser: fixture.bff.browser('narrow') }),
    ),
    '502 bff_upstream_invalid_response': here((fixture) =>
      fixture.openId.callback(fixture.bff, { tokenAnswer: { status: 200, body: 'junk' } }),
    ),
    '503 bff_audit_unavailable': here((fixture) =>
      fixture.without('audit_events', () => fixture.openId.stepUp(fixture.bff, {})),
    ),
    '503 bff_directory_unavailable': here((fixture) =>
      fixture.without('directory_version', () =>
        fixture.openId.callback(fixture.bff, { claims: { sub: 'somebody new' } }),
      ),
    ),
    '503 bff_upstream_unavailable': here((fixture) =>
      fixture.openId.callback(fixture.bff, { tokenAnswer: 'lost' }),
    ),
  },
  'session.backchannel-logout': {
    ...navigation,
    ...mayHaveBody,
    ...success(200, async (fixture, name) =>
      fixture.ask(name, { body: { logout_token: await fixture.openId.logoutToken() } }),
    ),
    '404 bff_route_not_found': here((fixture, name) =>
      fixture.ask(name, { browser: fixture.bff.browser('narrow') }),
    ),
    '502 bff_upstream_invalid_response': here((fixture, name) =>
      fixture.ask(name, { browser: fixture.openId.browserOf(fixture.bff, 'odd') }),
    ),
    '503 bff_upstream_unavailable': here((fixture, name) =>
      fixture.ask(name, { browser: fixture.openId.browserOf(fixture.bff, 'away') }),
    ),
  },
  'session.elevate': {
    ...ofAdmin,
    ...mayHaveBody,
    ...success(200, async (fixture) => askElevation(fixture.bff, await fixture.deputy())),
    ...success(202, (fixture, name) => fixture.askStepUp(name)),
    '403 bff_elevation_refused': here((fixture, name) => fixture.ask(name)),
    '404 bff_tenant_not_found': here(async (fixture) =>
      askElevation(fixture.bff, await fixture.deputy(), { tenantId: 'nobody' }),
    ),
    '429 bff_too_many_attempts': here(async (fixture, name) => {
      // The last failure ends its session.
      const browser = await fixture.bff.signedIn(the.admin, 'admin');
      for (let failures = 0; failures < 10; failures += 1) await fixture.ask(name, { browser });
      return fixture.ask(name);
    }),
    '502 bff_upstream_invalid_response': here((fixture, name) =>
      fixture.askStepUp(name, { tokenAnswer: { status: 200, body: 'junk' } }),
    ),
    '503 bff_audit_unavailable': here((fixture) =>
      fixture.without('audit_events', async () => askElevation(fixture.bff, await fixture.deputy())),
    ),
    '503 bff_upstream_unavailable': here((fixture, name) => fixture.askStepUp(name, { tokenAnswer: 'lost' })),
  },
  'session.end-elevation': {
    ...ofAdmin,
    ...mayHaveBody,
    ...success(200, async (fixture, name) =>
      fixture.ask(name, { browser: await fixture.bff.signedIn(the.admin, 'admin') }),
    ),
  },
  'session.change-password': {
    ...inSession,
    ...mayHaveBody,
    ...success(204, (fixture, name) => fixture.changePassword(name)),
    '401 bff_invalid_credentials': here((fixture, name) => fixture.changePassword(name, 'wrong')),
    '403 bff_role_required': here((fixture, name) => fixture.askWithoutPassword(name)),
    '429 bff_too_many_attempts': here(async (fixture, name) => {
      const browser = await fixture.bff.signedIn(the.viewer);
      for (let failures = 0; failures < 10; failures += 1) await fixture.ask(name, { browser });
      return fixture.ask(name, { browser: fixture.viewer });
    }),
    '503 bff_directory_unavailable': here((fixture, name) =>
      fixture.changePasswordWithout('directory_version', name),
    ),
    '503 bff_audit_unavailable': here((fixture, name) => fixture.changePasswordWithout('audit_events', name)),
  },
  'sessions.list': { ...inSession, ...asked(200) },
  'sessions.end': {
    ...inSession,
    ...mayHaveBody,
    ...success(204, async (fixture, name) => {
      const browser = await fixture.bff.signedIn(the.partner);
      const { id } = (await browser.get('/session')).json as { readonly id: string };
      return fixture.ask(name, { browser, sessionId: id });
    }),
    '404 bff_not_found': here((fixture, name) => fixture.ask(name)),
  },
  'sessions.end-others': {
    ...inSession,
    ...mayHaveBody,
    ...success(204, async (fixture, name) =>
      fixture.ask(name, { browser: await fixture.bff.signedIn(the.partner) }),
    ),
  },
} satisfies Partial<Record<RouteName, Provocations>>;
