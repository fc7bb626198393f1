import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, type Browser } from '../support/browser.js';
import { expectProblem, type OperationTitle, perform } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const deadlineMs = 300;
/** Tolerance for a busy machine. */
const slackMs = 500;

/** A TCP server whose behaviour each test defines. */
class RawServer {
  connections = 0;
  behave: (socket: Socket) => void = () => undefined;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => undefined);
      this.behave(socket);
    });
  }

  static async start(): Promise<RawServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new RawServer(server);
  }

  get authority(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('No port');
    return `127.0.0.1:${address.port}`;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

/** Sends pieces without end, with short pauses. */
function drip(start: string, piece: string): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', () => socket.write(start));
    const timer = setInterval(() => socket.write(piece), 40);
    socket.on('close', () => clearInterval(timer));
  };
}

function atOnce(answer: object): (socket: Socket) => void {
  const body = JSON.stringify(answer);
  const answerHead = `${head}Connection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
  return (socket) => socket.once('data', () => socket.end(answerHead + body));
}

const token = { access_token: 'one', token_type: 'bearer', expires_in: 3600 };
const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';

let bff: Bff;
let browser: Browser;
let upstream: RawServer;
let tokens: RawServer;
let api: RawServer;
beforeAll(async () => {
  upstream = await RawServer.start();
  tokens = await RawServer.start();
  api = await RawServer.start();
  bff = await startBff({
    environment: {
      SINCH_TIMEOUT_MS: String(deadlineMs),
      // Accepts connections and sends nothing, so that no TLS handshake completes.
      SINCH_STAGING_URL: `https://${upstream.authority}`,
      SINCH_STAGING_DEV_URL: `http://${api.authority}`,
      SINCH_STAGING_DEV_TOKEN_URL: `http://${tokens.authority}/oauth2/token`,
    },
  });
  browser = await bff.signedIn(the.editor);
});
afterAll(async () => {
  await bff.close();
  upstream.close();
  tokens.close();
  api.close();
});

let keys = 0;
beforeEach(async () => {
  bff.sinch.reset();
  upstream.connections = 0;
  tokens.behave = atOnce(token);
  api.behave = atOnce({ ok: true });
  api.connections = 0;
  keys += 1;
  await freshCredentials(the.acme);
  await freshCredentials(the.lantern);
});

/** New credentials have neither a token nor a cool-down. */
async function freshCredentials(tenant: typeof the.acme): Promise<void> {
  const credentials = { ...tenant.credentials, keyId: `${tenant.id}-key-${keys}` };
  await bff.apply({ tenants: [{ ...tenant, credentials }] });
}

async function timed(call: () => Promise<Answer>): Promise<{ answer: Answer; ms: number }> {
  const startedAt = performance.now();
  const answer = await call();
  return { answer, ms: performance.now() - startedAt };
}

async function expectTimeout(phase: string, title: OperationTitle, tenant = 'acme'): Promise<void> {
  const { answer, ms } = await timed(() => perform(browser, title, tenant));
  const problem = expectProblem(answer, 504, 'bff_upstream_timeout');
  expect(problem.additionalInformation).toEqual({ phase });
  expect(ms).toBeGreaterThan(deadlineMs - 50);
  expect(ms).toBeLessThan(deadlineMs + slackMs);
}

describe('the deadline of an exchange, with a 504 that names the phase (RES-04)', () => {
  it('covers a token endpoint that never responds, and the API server is not called', async () => {
    bff.sinch.tokens.production.answer({ hang: true });
    await expectTimeout('token', 'account.get');
    expect(bff.sinch.tokens.production.requests).toHaveLength(1);
    expect(bff.sinch.all.requests).toEqual([]);
  });

  it('covers a token endpoint that stalls within its response', async () => {
    bff.sinch.tokens.production.answer({ raw: `${head}Content-Length: 99\r\n\r\n{"acc`, then: 'hold' });
    await expectTimeout('token', 'comments.create');
    expect(bff.sinch.all.requests).toEqual([]);
  });

  it('covers the renewal of an expired token', async () => {
    bff.sinch.production.answer({ status: 401, headers: { 'www-authenticate': 'Bearer error="expired"' } });
    bff.sinch.tokens.production.answer([{ body: token }, { hang: true }]);
    await expectTimeout('token', 'account.get');
    expect(bff.sinch.production.requests).toHaveLength(1);
    expect(bff.sinch.tokens.production.requests).toHaveLength(2);
  });

  it('covers a connection that is never ready', async () => {
    await expectTimeout('connect', 'account.get', 'harbour');
    await expectTimeout('connect', 'comments.create', 'harbour');
    expect(upstream.connections).toBeGreaterThan(0);
    expect(bff.sinch.all.requests).toEqual([]);
  });

  it.each<OperationTitle>(['account.get', 'account.create as partnerInitiated', 'account.delete'])(
    'covers an upstream that never responds to %s, and closes the connection',
    async (title) => {
      bff.sinch.production.answer({ hang: true });
      const aborted = bff.sinch.production.whenAborted();
      await expectTimeout('headers', title);
      await aborted;
      expect(bff.sinch.production.requests).toHaveLength(1);
      expect(bff.sinch.allBut('production').requests).toEqual([]);
    },
  );

  it('covers incomplete headers', async () => {
    bff.sinch.production.answer({ raw: `${head}X-A`, then: 'hold' });
    await expectTimeout('headers', 'account.get');
  });

  it('covers headers after an interim response 103', async () => {
    bff.sinch.production.answer({ raw: 'HTTP/1.1 103 Early Hints\r\n\r\n', then: 'hold' });
    await expectTimeout('headers', 'account.get');
  });

  it.each([
    ['is missing', ''],
    ['is incomplete', '{"a":'],
  ])('covers a body that %s', async (_, start) => {
    bff.sinch.production.answer({ raw: `${head}Content-Length: 99\r\n\r\n${start}`, then: 'hold' });
    const aborted = bff.sinch.production.whenAborted();
    await expectTimeout('body', 'account.get');
    await aborted;
    expect(bff.sinch.production.requests).toHaveLength(1);
  });

  it('covers the body of an error', async () => {
    const raw = 'HTTP/1.1 409 Conflict\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{';
    bff.sinch.production.answer({ raw, then: 'hold' });
    await expectTimeout('body', 'account.get');
  });

  it('includes the time of the token request', async () => {
    bff.sinch.tokens.production.answer(async () => {
      await delay(200);
      return { body: token };
    });
    bff.sinch.production.answer({ hang: true });
    await expectTimeout('headers', 'account.get');
  });

  it('does not shorten the time of the next call', async () => {
    bff.sinch.production.answer([{ hang: true }, { body: { ok: true } }]);
    await expectTimeout('headers', 'account.get');
    expect((await perform(browser, 'account.get')).status).toBe(200);
  });
});

describe('an endpoint that sends bytes slowly without end', () => {
  it('exceeds the deadline with its headers, although it is never silent', async () => {
    api.behave = drip('HTTP/1.1 200 OK\r\n', 'X-A: 1\r\n');
    await expectTimeout('headers', 'account.get', 'lantern');
  });

  it('exceeds the deadline with its body', async () => {
    api.behave = drip(`${head}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n{\r\n');
    await expectTimeout('body', 'comments.create', 'lantern');
  });

  it('exceeds the deadline with its token', async () => {
    tokens.behave = drip(`${head}Content-Length: 65000\r\n\r\n`, ' ');
    await expectTimeout('token', 'account.get', 'lantern');
    expect(api.connections).toBe(0);
  });

  it('is used again after it has recovered', async () => {
    tokens.behave = drip(`${head}Content-Length: 65000\r\n\r\n`, ' ');
    await expectTimeout('token', 'account.get', 'lantern');
    tokens.behave = atOnce(token);
    // This call may still wait for the pending token request; the next one must succeed.
    await perform(browser, 'account.get', 'lantern');
    expect((await perform(browser, 'account.get', 'lantern')).status).toBe(200);
  });
});
