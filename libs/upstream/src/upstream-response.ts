/**
 * A successful response of the upstream: its status, its bytes and the two headers that are relayed
 * (docs/contract.md section 5).
 */
export class UpstreamResponse {
  constructor(
    readonly status: number,
    /** Null for a response without a body. */
    readonly body: Buffer | null,
    readonly contentType: string | null,
    readonly retryAfter: string | null,
  ) {}
}
