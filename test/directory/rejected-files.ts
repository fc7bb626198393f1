import { expect } from '@jest/globals';
import { AppliedFiles } from '../support/applied-files.js';
import { the } from '../support/the.js';

/** Expects that a service with `the.directory` rejects files without effect. */
export class RejectedFiles {
  static async start(): Promise<RejectedFiles> {
    const applied = await AppliedFiles.start();
    await applied.restore();
    expect(await applied.isKnownTenant('acme')).toBe(true);
    return new RejectedFiles(applied);
  }

  private constructor(readonly applied: AppliedFiles) {}

  /** Expects one problem at each of the given places, and that the tenant of {@link withValidTenant} is not created. */
  async expectRejected(document: object, places: readonly string[]): Promise<void> {
    expect(await this.applied.places(document)).toEqual([...places].sort());
    expect(await this.applied.isKnownTenant('newcomer')).toBe(false);
  }

  /** Restores the directory after a file that was accepted unexpectedly, so that only its own test fails. */
  async restore(): Promise<void> {
    if (await this.applied.isKnownTenant('newcomer')) await this.applied.restore();
  }

  /** Expects that the directory did not change, and closes the service. */
  async close(): Promise<void> {
    try {
      expect(await this.applied.changes(the.directory, { prune: true })).toEqual({});
    } finally {
      await this.applied.bff.close();
    }
  }
}

/** A file with a valid new tenant and invalid records. */
export function withValidTenant(
  list: 'tenants' | 'users' | 'adminCredentials',
  ...invalid: object[]
): object {
  const newcomer = { ...the.acme, id: 'newcomer', projectId: 'project-of-newcomer' };
  return list === 'tenants' ? { tenants: [newcomer, ...invalid] } : { tenants: [newcomer], [list]: invalid };
}
