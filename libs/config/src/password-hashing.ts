/** Parameters of Argon2id. */
export interface PasswordHashing {
  /** KiB. */
  readonly memoryCost: number;
  /** Number of iterations. */
  readonly timeCost: number;
  /** Number of lanes. */
  readonly parallelism: number;
}

/** The parameters that OWASP's Password Storage Cheat Sheet recommends. */
export const PASSWORD_HASHING: PasswordHashing = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
