export {
  checkBrowser,
  corsHeaders,
  originNotAllowed,
  preflightHeaders,
  type Intent,
} from './browser-checks.js';
export { clientAddress } from './client-address.js';
export {
  FrontendRegistry,
  HEADERS_WITHOUT_FRONTEND,
  reaches,
  type ResponseHeaders,
  type Frontend,
} from './frontend.js';
export { isPlainTarget } from './request-path.js';
