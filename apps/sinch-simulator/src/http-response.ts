export type ResponseHeaders = Readonly<Record<string, string>>;

/** A body of filler bytes, which is generated while it is sent. */
export interface FillerBody {
  readonly fillerBytes: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: Buffer | FillerBody;
}

const nothing = Buffer.alloc(0);

export function jsonResponse(status: number, value: unknown, headers: ResponseHeaders = {}): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}

export function emptyResponse(status: number, headers: ResponseHeaders = {}): HttpResponse {
  return { status, headers, body: nothing };
}

export function textResponse(status: number, body: string, headers: ResponseHeaders = {}): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
    body: Buffer.from(body),
  };
}
