import { listeningServer, RecordingUpstream } from './recording-upstream.js';
import type { RecordedRequest } from './recording-upstream.js';
import type { Reply } from './reply.js';

/**
 * Issues `token-<server>-<keyId>-<n>`. The count survives `reset`, so that a cached token differs from one that was
 * requested later.
 */
export class TokenEndpoint extends RecordingUpstream {
  readonly tokenUrl = `${this.url}/oauth2/token`;

  static override async start(serverName: string): Promise<TokenEndpoint> {
    let issued = 0;
    return new TokenEndpoint(await listeningServer(), (request) => {
      const refusal = refusalOf(request);
      if (refusal) return refusal;
      issued += 1;
      const access_token = `token-${serverName}-${keyIdOf(request)}-${issued}`;
      return {
        headers: { 'cache-control': 'no-store' },
        body: { access_token, token_type: 'bearer', expires_in: 3600, scope: '' },
      };
    });
  }
}

function refusalOf(request: RecordedRequest): Reply | undefined {
  if (request.method !== 'POST' || request.url !== '/oauth2/token') {
    return { status: 404, body: { error: 'not_found' } };
  }
  if (!request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    return { status: 400, body: { error: 'invalid_request' } };
  }
  if (formOf(request).get('grant_type') !== 'client_credentials') {
    return { status: 400, body: { error: 'unsupported_grant_type' } };
  }
  if (!keyIdOf(request)) return { status: 401, body: { error: 'invalid_client' } };
  return undefined;
}

// RFC 6749, 2.3.1: either HTTP Basic or the form.
function keyIdOf(request: RecordedRequest): string | undefined {
  const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (basic) return Buffer.from(basic, 'base64').toString().split(':')[0];
  return formOf(request).get('client_id') ?? undefined;
}

function formOf({ body }: RecordedRequest): URLSearchParams {
  return new URLSearchParams(body);
}
