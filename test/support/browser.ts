import { Agent, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

export interface BrowserOptions {
  port: number;
  /** The `Host` header; the connection always goes to 127.0.0.1. */
  host: string;
  /** Sent as `Origin` with everything but GET and HEAD, as browsers do. */
  origin?: string;
}

/** `undefined` removes a header that is sent by default; a list sends it more than once. */
export type BrowserHeaders = Record<string, string | string[] | undefined>;

export interface BrowserRequest {
  /** Sent as JSON. */
  body?: unknown;
  rawBody?: string | Buffer;
  headers?: BrowserHeaders;
  signal?: AbortSignal;
}

export class Answer {
  constructor(
    readonly status: number,
    readonly headers: IncomingHttpHeaders,
    readonly rawHeaders: string[],
    readonly bytes: Buffer,
  ) {}

  get text(): string {
    return this.bytes.toString();
  }

  get json(): unknown {
    try {
      return JSON.parse(this.text) as unknown;
    } catch (cause) {
      throw new Error(`The answer (${this.status}) is not JSON: ${JSON.stringify(this.text)}`, { cause });
    }
  }
}

/** A client that behaves like a frontend in a browser: it keeps cookies and sends the CSRF header. */
export class Browser {
  private readonly agent = new Agent({ keepAlive: true });

  constructor(
    private readonly options: BrowserOptions,
    readonly cookies = new Map<string, string>(),
  ) {}

  /** The same browser, whose requests a balancer sends to the node at this port. */
  atPort(port: number): Browser {
    return new Browser({ ...this.options, port }, this.cookies);
  }

  get(path: string, body?: unknown, headers?: BrowserHeaders): Promise<Answer> {
    return this.request('GET', path, withoutUndefined(body, headers));
  }

  post(path: string, body?: unknown, headers?: BrowserHeaders): Promise<Answer> {
    return this.request('POST', path, withoutUndefined(body, headers));
  }

  patch(path: string, body?: unknown, headers?: BrowserHeaders): Promise<Answer> {
    return this.request('PATCH', path, withoutUndefined(body, headers));
  }

  put(path: string, body?: unknown, headers?: BrowserHeaders): Promise<Answer> {
    return this.request('PUT', path, withoutUndefined(body, headers));
  }

  delete(path: string, body?: unknown, headers?: BrowserHeaders): Promise<Answer> {
    return this.request('DELETE', path, withoutUndefined(body, headers));
  }

  async request(method: string, path: string, request: BrowserRequest = {}): Promise<Answer> {
    const payload =
      request.rawBody ?? (request.body === undefined ? undefined : JSON.stringify(request.body));
    const answer = await this.exchange(method, path, this.headersFor(method, request, payload), {
      payload,
      signal: request.signal,
    });
    for (const line of answer.headers['set-cookie'] ?? []) this.keep(line);
    return answer;
  }

  setCookie(name: string, value: string): void {
    this.cookies.set(name, value);
  }

  async signIn({ email, password }: { email: string; password: string }): Promise<Answer> {
    const answer = await this.post('/session', { email, password });
    if (answer.status !== 201) {
      throw new Error(`${email} could not sign in: ${answer.status} ${answer.text}`);
    }
    return answer;
  }

  close(): void {
    this.agent.destroy();
  }

  private headersFor(
    method: string,
    { body, headers = {} }: BrowserRequest,
    payload: string | Buffer | undefined,
  ): OutgoingHttpHeaders {
    const { host, origin } = this.options;
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const merged: BrowserHeaders = {
      host,
      'x-csrf': '1',
      ...(origin !== undefined && method !== 'GET' && method !== 'HEAD' && { origin }),
      ...(cookie !== '' && { cookie }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      // Node frames the body of a GET or DELETE only if its length is given.
      ...(payload !== undefined && { 'content-length': String(Buffer.byteLength(payload)) }),
    };
    for (const [name, value] of Object.entries(headers)) merged[name.toLowerCase()] = value;
    if (merged['transfer-encoding'] !== undefined) delete merged['content-length'];
    return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
  }

  private exchange(
    method: string,
    path: string,
    headers: OutgoingHttpHeaders,
    { payload, signal }: { payload: string | Buffer | undefined; signal: AbortSignal | undefined },
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest({
        ...{ method, path, headers, agent: this.agent, setHost: false },
        ...{ host: '127.0.0.1', port: this.options.port },
        ...(signal && { signal }),
      });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const { statusCode = 0, headers, rawHeaders } = incoming;
          resolve(new Answer(statusCode, headers, rawHeaders, Buffer.concat(chunks)));
        });
      });
      outgoing.end(payload);
    });
  }

  private keep(setCookie: string): void {
    const [pair = '', ...attributes] = setCookie.split(';').map((part) => part.trim());
    const [name, value] = splitAtFirstEquals(pair);
    if (isExpired(attributes)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

function isExpired(attributes: string[]): boolean {
  const values = new Map(attributes.map((attribute) => splitAtFirstEquals(attribute)));
  const named = (name: string): string | undefined =>
    [...values].find(([key]) => key.toLowerCase() === name)?.[1];
  // RFC 6265, 5.3: Max-Age has precedence.
  const maxAge = named('max-age');
  if (maxAge !== undefined) return Number(maxAge) <= 0;
  const expires = named('expires');
  return expires !== undefined && Date.parse(expires) <= Date.now();
}

function splitAtFirstEquals(text: string): [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function withoutUndefined(body: unknown, headers: BrowserHeaders | undefined): BrowserRequest {
  return { body, ...(headers && { headers }) };
}
