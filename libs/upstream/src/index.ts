export { UpstreamError } from './response-checks.js';
export { setConnectionAttemptTimeout } from './connection-attempts.js';
export { BrowserGoneError } from './forwarded-call.js';
export { Forwarder } from './forwarder.js';
export { TenantHealth } from './tenant-health.js';
export { UpstreamResponse } from './upstream-response.js';
export { type ForwardScope, type UpstreamCall } from './upstream-call.js';
export { UpstreamModule } from './upstream.module.js';
