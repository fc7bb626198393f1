import { hashSync, type Options, verifySync } from '@node-rs/argon2';

/** Runs in a hashing thread. */
export const computeHash = (work: { readonly password: string; readonly parameters: Options }): string =>
  hashSync(work.password, work.parameters);

/** Runs in a hashing thread. */
export const compareHash = (work: { readonly hash: string; readonly password: string }): boolean =>
  verifySync(work.hash, work.password);
