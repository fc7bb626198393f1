export type ResponseHeaders = Readonly<Record<string, string>>;

/** A body of that many filler bytes, which is never held in memory as a whole. */
export interface Filler {
  readonly fillerBytes: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: Buffer | Filler;
}

const nothing = Buffer.alloc(0);

export function jsonAnswer(status: number, value: unknown, headers: ResponseHeaders = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}

export function emptyAnswer(status: number, headers: ResponseHeaders = {}): Answer {
  return { status, headers, body: nothing };
}

export function textAnswer(status: number, body: string, headers: ResponseHeaders = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
    body: Buffer.from(body),
  };
}
