import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Bff, startBff } from '../support/start-bff.js';
import { type ServerName } from '../support/six-upstreams.js';
import { the } from '../support/the.js';

let bff: Bff;
beforeAll(async () => {
  bff = await startBff();
});
afterAll(() => bff.close());
beforeEach(() => bff.sinch.reset());

it.each<[tenant: 'acme' | 'harbour' | 'lantern', server: ServerName, scheme: RegExp]>([
  ['acme', 'production', /^Bearer token-production-acme-key-\d+$/],
  ['harbour', 'staging', /^Basic aGFyYm91ci1rZXk6aGFyYm91ci1jYW5hcnktc2VjcmV0$/],
  ['lantern', 'staging-dev', /^Bearer token-staging-dev-lantern-key-\d+$/],
])(
  'the tenant %s is served only by %s, with its own project and credentials',
  async (tenant, server, scheme) => {
    const browser = await bff.signedIn(the.editor);
    const answer = await browser.get(`/v1/tenants/${tenant}/whatsapp`);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ ok: true, server });
    const received = bff.sinch[server].lastRequest;
    expect(received.url).toBe(`/v1/projects/${the[tenant].projectId}/whatsapp`);
    expect(received.headers.authorization).toMatch(scheme);
    expect(bff.sinch.allBut(server).requests).toEqual([]);
  },
);
