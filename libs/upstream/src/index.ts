export { UpstreamError } from './response-checks.js';
export { setConnectionAttemptTimeout } from './connection-attempts.js';
export { Forwarder } from './forwarder.js';
export { TenantHealth } from './tenant-health.js';
export { UpstreamCounts } from './upstream-counts.js';
export { UpstreamResponse } from './upstream-response.js';
export { type ForwardScope, type UpstreamCall } from './upstream-call.js';
export { UpstreamModule } from './upstream.module.js';
export { BrowserGoneError } from './waiting-caller.js';
