import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CATALOGUE } from '@bff/problems';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type DocumentedOperation, type OpenApiDocument } from '../../apps/bff/src/api-docs/openapi.js';
import { type Answer } from '../support/browser.js';
import { type Bff, frontends, startBff } from '../support/start-bff.js';
import { ROUTES } from '../../apps/bff/src/http/routes.js';

let bff: Bff;
let document: OpenApiDocument;
let page: Answer;
beforeAll(async () => {
  bff = await startBff();
  const asNavigation = { 'x-csrf': undefined, 'sec-fetch-site': 'none', 'sec-fetch-dest': 'document' };
  document = (await bff.browser().get('/openapi.json', undefined, asNavigation)).json as OpenApiDocument;
  page = await bff.browser().get('/docs', undefined, asNavigation);
});
afterAll(() => bff.close());

function operations(): readonly DocumentedOperation[] {
  return Object.values(document.paths).flatMap((methods) => Object.values(methods));
}

describe('the document', () => {
  it('is OpenAPI 3.1 and has exactly the routes of the route table', () => {
    expect(document.openapi).toBe('3.1.0');
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = Object.values(ROUTES).map(
      ({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`,
    );
    expect(documented.sort()).toEqual(routes.sort());
  });

  it('equals openapi.json', async () => {
    const file = await readFile(new URL('../../openapi.json', import.meta.url), 'utf8');
    expect(document).toEqual(JSON.parse(file));
  });

  it('describes every operation and assigns it to a described tag', () => {
    const described = new Set(document.tags.map(({ name }) => name));
    for (const { operationId, tags, summary, description } of operations()) {
      expect([operationId, tags.length, tags.every((tag) => described.has(tag))]).toEqual([
        operationId,
        1,
        true,
      ]);
      expect(summary).not.toBe('');
      expect(description).toMatch(/Requires (?:no|a) session/);
    }
  });

  it('gives every operation a unique id', () => {
    const ids = operations().map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([true, false])(
    'has only valid examples of bodies for a validator with unicodeRegExp set to %s',
    (unicodeRegExp) => {
      const ajv = new Ajv2020({ strict: false, validateFormats: false, unicodeRegExp });
      ajv.addSchema(document, 'openapi');
      for (const { operationId, requestBody } of operations()) {
        for (const { examples } of Object.values(requestBody?.content ?? {})) {
          for (const [name, { value }] of Object.entries(examples)) {
            const validate = ajv.getSchema(`openapi#/components/schemas/${name}`);
            expect([operationId, name, validate?.(value), validate?.errors]).toEqual([
              operationId,
              name,
              true,
              null,
            ]);
          }
        }
      }
    },
  );

  it('has an example of every error code of the service', () => {
    expect(Object.keys(document.components.examples).sort()).toEqual(Object.keys(CATALOGUE).sort());
  });

  it('states the limits of request bodies', () => {
    expect(document.components.schemas['CreateCommentBody']).toMatchObject({
      properties: { comment: { type: 'string', minLength: 1, maxLength: 65_535 } },
      required: ['comment'],
      additionalProperties: false,
    });
    expect(document.components.schemas['NewSenderDetails']).toMatchObject({
      properties: { region: { enum: ['BR', 'EU', 'US'] } },
      required: ['displayName', 'businessCategory'],
      additionalProperties: false,
    });
  });

  it('has no dangling references', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(100);
    for (const [reference, kind = '', name = ''] of references) {
      const components = document.components as unknown as Record<string, Record<string, unknown>>;
      expect([reference, name in (components[kind] ?? {})]).toEqual([reference, true]);
    }
  });
});

describe('the page /docs', () => {
  it('has a content security policy that permits only its own style sheet and no scripts', () => {
    const style = /<style>([^]*)<\/style>/.exec(page.text)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(page.headers['content-security-policy']).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'`,
    );
    expect(page.text).not.toMatch(/<script|style=|https?:\/\/(?!console\.bff\.test)/);
  });

  it('shows every route and every error code', () => {
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const method of Object.keys(methods))
        expect(page.text).toContain(`<code>${method.toUpperCase()} ${path}</code>`);
    }
    for (const code of Object.keys(CATALOGUE)) expect(page.text).toContain(`<code>${code}</code>`);
  });

  it('shows commands for its own frontend, and those of administration only on class admin', async () => {
    for (const name of ['console', 'partners', 'admin'] as const) {
      const { text } = await bff.browser(name).get('/docs', undefined, { 'x-csrf': undefined });
      const addresses = new Set(text.match(/https?:\/\/[a-z.]+/g));
      expect(addresses).toEqual(new Set([frontends[name].origin]));
      expect(text.includes(`${frontends[name].origin}/v1/admin/`)).toBe(name === 'admin');
    }
  });
});

it.each(['/openapi.json', '/docs'])(
  '%s can be opened from another site as a page, but not embedded or fetched',
  async (path) => {
    const browser = bff.browser();
    const from = async (site: string, destination: string): Promise<number> =>
      (
        await browser.get(path, undefined, {
          'x-csrf': undefined,
          'sec-fetch-site': site,
          'sec-fetch-dest': destination,
        })
      ).status;
    expect(await from('cross-site', 'document')).toBe(200);
    expect(await from('cross-site', 'iframe')).toBe(403);
    expect(await from('cross-site', 'empty')).toBe(403);
    expect(await from('same-origin', 'empty')).toBe(200);
  },
);
