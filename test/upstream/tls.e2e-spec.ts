import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import tls from 'node:tls';
import { type Browser } from '../support/browser.js';
import { expectProblem, perform } from '../support/forwarding.js';
import { selfSigned, type SelfSigned } from '../support/self-signed.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const dayMs = 86_400_000;
const certificates = {
  'for this address': selfSigned({ for: '127.0.0.1' }),
  'for another name': selfSigned({ for: 'provisioning.api.sinch.com' }),
  'that has expired': selfSigned({ for: '127.0.0.1', validFrom: new Date(Date.now() - 60 * dayMs) }),
  'that is not valid yet': selfSigned({ for: '127.0.0.1', validFrom: new Date(Date.now() + dayMs) }),
  'signed only by itself': selfSigned({ for: '127.0.0.1' }),
};
type CertificateName = keyof typeof certificates;
const trusted = Object.entries(certificates)
  .filter(([name]) => name !== 'signed only by itself')
  .map(([, { cert }]) => cert);

/** A TLS server that is both API server and token endpoint. */
class TlsUpstream {
  readonly requests: string[] = [];
  private readonly server: Server;

  constructor(certificate: SelfSigned) {
    this.server = createServer(certificate, (request, response) => {
      this.requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
      // Interim responses are skipped on TLS connections as well.
      response.writeContinue();
      response.setHeader('content-type', 'application/json');
      response.setHeader('connection', 'close');
      response.end('{"access_token":"of-tls","token_type":"bearer","expires_in":3600}');
    });
  }

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('No port');
    return `https://127.0.0.1:${address.port}`;
  }

  use({ key, cert }: SelfSigned, maxVersion: tls.SecureVersion = 'TLSv1.3'): void {
    this.server.setSecureContext({
      ...{ key, cert, maxVersion },
      ...(maxVersion === 'TLSv1.1' && { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }),
    });
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

let bff: Bff;
let browser: Browser;
let upstream: TlsUpstream;
const defaultAuthorities = tls.getCACertificates('default');
beforeAll(async () => {
  tls.setDefaultCACertificates([...defaultAuthorities, ...trusted]);
  upstream = new TlsUpstream(certificates['for this address']);
  const url = await upstream.listen();
  const environment = { SINCH_STAGING_URL: url, SINCH_STAGING_DEV_TOKEN_URL: `${url}/oauth2/token` };
  bff = await startBff({ environment });
  browser = await bff.signedIn(the.editor);
});
afterAll(async () => {
  await bff.close();
  await upstream.close();
  tls.setDefaultCACertificates(defaultAuthorities);
});
beforeEach(() => {
  bff.sinch.reset();
  upstream.requests.length = 0;
});

const rejectedCertificates: CertificateName[] = [
  'for another name',
  'that has expired',
  'that is not valid yet',
  'signed only by itself',
];

describe('an upstream behind TLS', () => {
  it('with a valid certificate gets the call', async () => {
    upstream.use(certificates['for this address']);
    expect((await perform(browser, 'account.get', 'harbour')).status).toBe(200);
    expect(upstream.requests).toEqual([`GET /v1/projects/${the.harbour.projectId}/whatsapp`]);
  });

  it.each(rejectedCertificates)(
    'with a certificate %s gets neither call nor credentials (PRX-13, CRD-11)',
    async (name) => {
      upstream.use(certificates[name]);
      expectProblem(await perform(browser, 'account.get', 'harbour'), 502, 'bff_upstream_unreachable');
      expectProblem(await perform(browser, 'comments.create', 'harbour'), 502, 'bff_upstream_unreachable');
      expect(upstream.requests).toEqual([]);
      expect(bff.sinch.all.requests).toEqual([]);
    },
  );

  it('that supports at most TLS 1.1 gets no call (PRX-24)', async () => {
    upstream.use(certificates['for this address'], 'TLSv1.1');
    expectProblem(await perform(browser, 'account.get', 'harbour'), 502, 'bff_upstream_unreachable');
    expect(upstream.requests).toEqual([]);
  });
});

describe('a token endpoint behind TLS', () => {
  it.each(rejectedCertificates)(
    'with a certificate %s gets no secret, and the API server no call (PRX-13)',
    async (name) => {
      upstream.use(certificates[name]);
      expectProblem(await perform(browser, 'account.get', 'lantern'), 502, 'bff_upstream_unreachable');
      expect(upstream.requests).toEqual([]);
      expect(bff.sinch.all.requests).toEqual([]);
    },
  );

  it('with a valid certificate issues the token', async () => {
    upstream.use(certificates['for this address']);
    expect((await perform(browser, 'account.get', 'lantern')).status).toBe(200);
    expect(upstream.requests).toEqual(['POST /oauth2/token']);
    expect(bff.sinch['staging-dev'].lastRequest.headers.authorization).toBe('Bearer of-tls');
  });
});
