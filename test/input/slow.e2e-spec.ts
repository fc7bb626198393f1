import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const requestTimeouts = { headersMs: 1_000, wholeMs: 2_000, checkMs: 100 };

let bff: Bff;
let head = '';
beforeAll(async () => {
  bff = await startBff({ requestTimeouts });
  const ticket = (await bff.signedIn(the.editor)).cookies.get('__Host-bff-session') ?? '';
  head = `Host: console.bff.test\r\nX-CSRF: 1\r\nCookie: __Host-bff-session=${ticket}\r\n`;
});
afterAll(() => bff.close());

/** Writes the bytes and waits. @returns the bytes received until the server closes */
function received(part: string, thenEnd = false): Promise<string> {
  return new Promise((done) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port: bff.port, host: '127.0.0.1', allowHalfOpen: true }, () => {
      if (thenEnd) socket.end(part, 'latin1');
      else socket.write(part, 'latin1');
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => done(Buffer.concat(chunks).toString('latin1')));
  });
}

it('slow headers, slow bodies and half-closed connections are ended and reach no server (RES-14)', async () => {
  const comment = `POST /v1/tenants/acme/whatsapp/comments HTTP/1.1\r\n${head}Content-Type: application/json\r\n`;
  const [slowHeaders, slowBody, slowChunks, halfHead, halfBody] = await Promise.all([
    received(`GET /v1/tenants/acme/whatsapp HTTP/1.1\r\n${head}`),
    received(`${comment}Content-Length: 20\r\n\r\n{"comm`),
    received(`${comment}Transfer-Encoding: chunked\r\n\r\n5\r\n{"com\r\n`),
    received(`GET /v1/tenants/acme/whatsapp HTTP/1.1\r\n${head}`, true),
    received(`${comment}Content-Length: 20\r\n\r\n{"comm`, true),
  ]);
  for (const answer of [slowHeaders, slowBody, slowChunks]) {
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"errorCode":"bff_request_timeout"');
    expect(answer).toContain('x-content-type-options: nosniff');
  }
  for (const answer of [halfHead, halfBody]) expect(answer).toMatch(/^(HTTP\/1\.1 400 |$)/);
  expect(bff.sinch.all.requests).toEqual([]);
});
