import { ChangePasswordBody } from '../auth/change-password.body.js';
import { ElevationBody } from '../auth/elevation.body.js';
import { LogoutForm } from '../auth/logout-form.js';
import {
  AuthorizationResponse,
  SessionPageResponse,
  SessionResponse,
  SignedOutResponse,
} from '../auth/session.response.js';
import { SignInBody } from '../auth/sign-in.body.js';
import { type NotesOf } from './operation-note.js';

/** Failures of the identity provider. */
const PROVIDER = ['bff_upstream_unavailable', 'bff_upstream_invalid_response'] as const;

type SessionNotes = NotesOf<'session' | 'sessions'>;

/** Sign-in and elevation. */
export const SESSION_NOTES = {
  'session.create': {
    summary: 'Sign in with e-mail address and password',
    description:
      'Sets the session cookie and ends any earlier session of the same browser on this frontend. ' +
      'Repeated failures are rejected with 429 `bff_too_many_attempts` for up to 15 minutes.',
    bodies: [[SignInBody, { email: 'editor@acme.example', password: 'editor-demo-password' }]],
    response: [SessionResponse],
    problems: ['bff_invalid_credentials', 'bff_too_many_attempts', 'bff_directory_unavailable'],
  },
  'session.read': { summary: 'Read the session', response: [SessionResponse] },
  'session.login': {
    summary: 'Sign in at the OpenID provider of the frontend',
    description:
      'Redirects to the provider, which returns the browser to `GET /session/callback`. ' +
      'After the sign-in the browser continues at `returnTo`.',
    problems: ['bff_route_not_found', ...PROVIDER],
  },
  'session.callback': {
    summary: 'Complete a sign-in or a step-up at the OpenID provider',
    description:
      'The provider sends the browser here. Sets the session cookie and redirects to the `returnTo` of the ' +
      'sign-in or elevation. A failure is answered with an error, never with a redirect.',
    problems: [
      'bff_route_not_found',
      'bff_invalid_credentials',
      'bff_session_required',
      'bff_role_required',
      'bff_elevation_refused',
      'bff_directory_unavailable',
      'bff_audit_unavailable',
      ...PROVIDER,
    ],
  },
  'session.backchannel-logout': {
    summary: 'End sessions at the request of the OpenID provider',
    description: 'OpenID Connect Back-Channel Logout 1.0. The logout token authenticates the provider.',
    bodies: [[LogoutForm, { logout_token: 'eyJhbGciOi…' }]],
    bodyType: 'application/x-www-form-urlencoded',
    problems: ['bff_route_not_found', ...PROVIDER],
  },
  'session.elevate': {
    summary: 'Elevate the session',
    description:
      'With `tenantId` the session may call that tenant through the admin plane; without it, it may change the ' +
      'directory. An admin has at most one elevation: a second one replaces the first. After a sign-in with a password, ' +
      'send the current one-time code as `code`. After a sign-in at an OpenID provider, send no `code`; the response is ' +
      '202, and the elevation follows the step-up at the provider. A rejected code gets 403 `bff_elevation_refused`, and ' +
      'the tenth failure within 15 minutes ends the session.',
    bodies: [
      [
        ElevationBody,
        { code: '123456', reason: 'Ticket 4711: the account is stuck in review', tenantId: 'summit' },
      ],
    ],
    response: [SessionResponse],
    others: {
      202: {
        summary: 'The elevation requires a step-up at the OpenID provider',
        response: [AuthorizationResponse],
      },
    },
    problems: [
      'bff_elevation_refused',
      'bff_tenant_not_found',
      'bff_too_many_attempts',
      'bff_audit_unavailable',
      ...PROVIDER,
    ],
  },
} satisfies Partial<SessionNotes>;

/** The other operations on sessions; those that end the session come last. */
export const SIGN_OUT_NOTES: Omit<SessionNotes, keyof typeof SESSION_NOTES> = {
  'session.end-elevation': {
    summary: 'End the elevation',
    description: 'Sets a new session cookie, even if the session is not elevated.',
    response: [SessionResponse],
  },
  'session.change-password': {
    summary: 'Change the password of the caller',
    description:
      'Ends all other sessions of the caller; this session keeps its cookie. A wrong `current` gets 401 ' +
      '`bff_invalid_credentials`, and the tenth failure within 15 minutes ends the session.',
    bodies: [[ChangePasswordBody, { current: 'editor-demo-password', new: 'a new and longer password' }]],
    problems: [
      'bff_invalid_credentials',
      'bff_role_required',
      'bff_too_many_attempts',
      'bff_directory_unavailable',
      'bff_audit_unavailable',
    ],
  },
  'sessions.list': { summary: 'List the sessions of the caller', response: [SessionPageResponse] },
  'sessions.end-others': { summary: 'End all sessions of the caller except this one' },
  'sessions.end': {
    summary: 'End one session of the caller',
    description: 'For sessions of other users the response is 404 `bff_not_found`.',
    problems: ['bff_not_found'],
  },
  'session.end': {
    summary: 'Sign out',
    description:
      'Ends the session of the cookie, if there is one, and clears the data of this origin in the browser.',
    others: {
      200: {
        summary:
          'Signed out here; the session at the OpenID provider continues until the browser visits the URL',
        response: [SignedOutResponse],
      },
    },
  },
};
