import { describe, expect, it } from '@jest/globals';
import { isServedElsewhere, TENANT_ID } from './tenant.js';

describe('the format of tenant ids', () => {
  it.each(['a', '0', '-', 'acme', 'acme-2', 'a'.repeat(63)])('accepts %j', (id) => {
    expect(TENANT_ID.test(id)).toBe(true);
  });

  it.each(['', 'a'.repeat(64), 'Acme', 'acme_2', 'acme\n', ' acme', 'acme ', 'acme/x', '..', 'ä'])(
    'rejects %j',
    (id) => {
      expect(TENANT_ID.test(id)).toBe(false);
    },
  );
});

it.each([
  ['production', 'public', false],
  ['staging', 'public', true],
  ['production', 'admin', true],
  ['staging', 'admin', true],
] as const)(
  'whether a tenant of production and the public plane is served elsewhere in %s, plane %s: %j',
  (environment, plane, isElsewhere) => {
    const before = { environment: 'production', plane: 'public' } as const;
    expect(isServedElsewhere(before, { environment, plane })).toBe(isElsewhere);
  },
);
