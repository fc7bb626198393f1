export { loadConfig, type BffConfig, type LogLevel } from './bff-config.js';
export { systemClocks, type Clock, type Clocks } from './clock.js';
export { BFF_CONFIG, BffConfigModule, InjectConfig } from './config.module.js';
export { type DatabaseSettings } from './database-settings.js';
export { EMBEDDED_KEY_ID, type EncryptionKey } from './encryption-keys.js';
export { ConfigurationError, processEnvironment, type EnvironmentVariables } from './environment-reader.js';
export { FRONTEND_CLASSES, type FrontendClass, type FrontendSettings } from './frontend-settings.js';
export { keptAddress, shownAddress, type LogAddresses } from './log-addresses.js';
export { type PublicListener } from './listener.js';
export { type OidcSettings, type TokenEndpointAuthMethod } from './oidc-settings.js';
export { type PasswordHashing } from './password-hashing.js';
export { type HostAndPort, type RedisSettings } from './redis-settings.js';
export { Secret } from './secret.js';
export {
  ENVIRONMENTS,
  PLANES,
  serverName,
  type Environment,
  type Plane,
  type Servers,
  type UpstreamServer,
} from './servers.js';
export { UPSTREAM_LIMITS, type UpstreamLimits } from './upstream-limits.js';
