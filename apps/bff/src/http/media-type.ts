import { type IncomingMessage } from 'node:http';

/** Media type of back-channel logout, the one route that OpenID providers call. */
export const FORM = 'application/x-www-form-urlencoded';

type Headers = Pick<IncomingMessage, 'headers'>;

export function isForm({ headers }: Headers): boolean {
  return headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === FORM;
}

/**
 * Whether a body has no content encoding and, if it is JSON, is UTF-8 (RFC 8259 section 8.1). A form is ASCII
 * regardless of its charset.
 */
export function isReadable({ headers }: Headers, form: boolean): boolean {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') return false;
  return form || charsetsOf(headers['content-type'] ?? '').every((charset) => charset === 'utf-8');
}

const CHARSET = /;\s*charset\s*=\s*([^;]*)/gi;

function charsetsOf(contentType: string): string[] {
  return [...contentType.matchAll(CHARSET)].map(([, value = '']) =>
    value
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .toLowerCase(),
  );
}
