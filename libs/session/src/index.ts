export { browserOf } from './browser-cookie.js';
export { EXPIRED_SESSION_COOKIE, sessionCookie } from './session-cookie.js';
export { SessionModule } from './session.module.js';
export { type ElevationRequest } from './elevations.js';
export { actorOf, endsAt, type ProviderSession, type Session } from './session.js';
export { Sessions, type OpenedSession } from './sessions.js';
export { type Ticketed } from './ticket-rotation.js';
