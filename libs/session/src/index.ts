export { EXPIRED_SESSION_COOKIE, sessionCookie } from './session-cookie.js';
export { SessionModule } from './session.module.js';
export { endsAt, type Session } from './session.js';
export { Sessions } from './sessions.js';
