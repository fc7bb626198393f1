/**
 * A success as the upstream gave it: its status and its bytes, with the two headers that pass
 * (docs/contract.md section 5).
 */
export class UpstreamAnswer {
  constructor(
    readonly status: number,
    /** null where there is no body. */
    readonly body: Buffer | null,
    readonly contentType: string | null,
    readonly retryAfter: string | null,
  ) {}
}
