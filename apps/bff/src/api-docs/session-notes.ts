import { ChangePasswordBody } from '../auth/change-password.body.js';
import { ElevationBody } from '../auth/elevation.body.js';
import { LogoutForm } from '../auth/logout-form.js';
import { SignInBody } from '../auth/sign-in.body.js';
import { type NotesOf } from './operation-note.js';

/** What keeps an identity provider from answering. */
const PROVIDER = ['bff_upstream_unavailable', 'bff_upstream_invalid_response'] as const;

type SessionNotes = NotesOf<'session' | 'sessions'>;

/** How a session begins and is elevated. */
export const SESSION_NOTES = {
  'session.create': {
    summary: 'Sign in',
    bodies: [[SignInBody, { email: 'editor@acme.example', password: 'editor-demo-password' }]],
    answer: 'Session',
    problems: ['bff_invalid_credentials', 'bff_too_many_attempts'],
  },
  'session.read': { summary: 'The session; asking does not keep it alive', answer: 'Session' },
  'session.login': {
    summary: 'Sign in at the OpenID provider of the frontend',
    problems: ['bff_route_not_found', ...PROVIDER],
  },
  'session.callback': {
    summary: 'Where the provider sends the browser back to',
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
    summary: 'The provider ends sessions (OpenID Connect Back-Channel Logout 1.0)',
    bodies: [[LogoutForm, { logout_token: 'eyJhbGciOi…' }]],
    bodyType: 'application/x-www-form-urlencoded',
    problems: ['bff_route_not_found', ...PROVIDER],
  },
  'session.elevate': {
    summary: 'Rise to elevated powers, for one tenant or for administration',
    bodies: [
      [
        ElevationBody,
        { code: '123456', reason: 'Ticket 4711: the account is stuck in review', tenantId: 'summit' },
      ],
    ],
    answer: 'Session',
    others: { 202: { summary: 'Prove it at the provider, there', answer: 'Authorization' } },
    problems: [
      'bff_elevation_refused',
      'bff_tenant_not_found',
      'bff_too_many_attempts',
      'bff_audit_unavailable',
      ...PROVIDER,
    ],
  },
} satisfies Partial<SessionNotes>;

/** What follows the other calls of a session, and its end. */
export const SIGN_OUT_NOTES: Omit<SessionNotes, keyof typeof SESSION_NOTES> = {
  'session.descend': { summary: 'Give elevated powers back', answer: 'Session' },
  'session.change-password': {
    summary: "Change one's own password; ends all other sessions",
    bodies: [[ChangePasswordBody, { current: 'editor-demo-password', new: 'a new and longer password' }]],
    problems: [
      'bff_invalid_credentials',
      'bff_role_required',
      'bff_too_many_attempts',
      'bff_directory_unavailable',
      'bff_audit_unavailable',
    ],
  },
  'sessions.list': { summary: "The caller's own sessions", answer: 'OwnSessionPage' },
  'sessions.end-others': { summary: "End all of the caller's sessions but this one" },
  'sessions.end': { summary: "End one of the caller's own sessions", problems: ['bff_not_found'] },
  'session.end': {
    summary: 'Sign out; also without a session',
    others: {
      200: { summary: 'Signed out here; the session at the provider ends there', answer: 'SignedOut' },
    },
  },
};
