import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { requestHeaders, requestTarget } from './upstream-call.js';

const project = '6e1f2a34-0000-4000-8000-000000000001';
const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('..', '../..', '%2e%2e', '/', '?', '#', '\\', '\r\n', 'a&b=c', '+', ' ', '\u0000'),
);

describe('the request target', () => {
  it('keeps the base path of a server and appends query parameters that have a value', () => {
    const call = {
      method: 'GET',
      path: 'whatsapp/activities',
      query: { pageToken: undefined, pageSize: 20 },
    } as const;
    expect(requestTarget('/staging', project, call)).toBe(
      `/staging/v1/projects/${project}/whatsapp/activities?pageSize=20`,
    );
  });

  it('never leaves /v1/projects/{projectId}/whatsapp for any project id and page token (PRX-04)', () => {
    fc.assert(
      fc.property(anything, anything, (projectId, pageToken) => {
        fc.pre(projectId !== '' && projectId.isWellFormed() && pageToken.isWellFormed());
        fc.pre(projectId !== '.' && projectId !== '..');
        const target = requestTarget('', projectId, {
          method: 'GET',
          path: 'whatsapp/activities',
          query: { pageToken },
        });
        expect(target).toMatch(/^[\x21-\x7e]+$/);
        const url = new URL(target, 'https://upstream.example.com');
        expect(url.host).toBe('upstream.example.com');
        const segments = url.pathname.split('/');
        expect(
          segments.map((segment, index) => (index === 3 ? decodeURIComponent(segment) : segment)),
        ).toEqual(['', 'v1', 'projects', projectId, 'whatsapp', 'activities']);
        expect([...url.searchParams]).toEqual([['pageToken', pageToken]]);
        expect(url.hash).toBe('');
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the request headers', () => {
  const id = 'f4b4e8e3-0193-41f2-9929-818a627b4c27';

  it('are exactly those of the allow-list (PRX-05, PRX-07)', () => {
    expect(requestHeaders(id, 'Bearer x', false)).toEqual([
      'accept',
      'application/json',
      'authorization',
      'Bearer x',
      'x-request-id',
      id,
      'traceparent',
      '00-f4b4e8e3019341f29929818a627b4c27-9929818a627b4c27-01',
    ]);
  });

  it('include the content type if there is a body', () => {
    expect(requestHeaders(id, 'Bearer x', true).slice(-2)).toEqual(['content-type', 'application/json']);
  });
});
