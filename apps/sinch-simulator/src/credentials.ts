import type { Client } from './store.js';

export type Credentials =
  | { readonly scheme: 'basic'; readonly client: Client }
  | { readonly scheme: 'bearer'; readonly token: string };

/**
 * Parses an `Authorization` header.
 * @returns undefined if it is absent, malformed or of another scheme
 */
export function credentialsOf(header: string | undefined): Credentials | undefined {
  const [, scheme = '', value = ''] = /^(\w+) +(\S+)$/.exec(header?.trim() ?? '') ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return { scheme: 'bearer', token: value };
    case 'basic':
      return basic(value);
    default:
      return undefined;
  }
}

function basic(value: string): Credentials | undefined {
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 0) return undefined;
  return { scheme: 'basic', client: { keyId: pair.slice(0, colon), keySecret: pair.slice(colon + 1) } };
}
