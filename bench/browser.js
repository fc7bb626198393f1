import { Buffer } from 'node:buffer';
import { exchange } from './http.js';
import { browserHeaders } from './scenario.js';

/** The browser of one person: it keeps the session cookie, and can send it to any node. */
export class Browser {
  cookie;

  /** @param host selects the frontend */
  constructor(host, agent) {
    this.host = host;
    this.agent = agent;
  }

  /** @throws Error when the person is not signed in @returns the session document */
  async signIn(node, { email, password }) {
    return JSON.parse(await this.succeed(node, 'POST', '/session', { email, password }));
  }

  /** @throws Error when anything but a success is answered @returns the body */
  async succeed(node, method, path, body) {
    const answer = await this.send(node, method, path, body);
    if (answer.status >= 300) throw unexpected(answer, method, path);
    return answer.body;
  }

  async send({ port }, method, path, body) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...browserHeaders,
      Host: this.host,
      ...(this.cookie === undefined ? {} : { cookie: this.cookie }),
      ...(text === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
    };
    const { agent } = this;
    const answer = await exchange(`http://127.0.0.1:${port}${path}`, { method, headers, body: text, agent });
    const issued = answer.headers['set-cookie']?.find((line) => line.startsWith('__Host-bff-session='));
    if (issued !== undefined) this.cookie = issued.split(';', 1)[0];
    return answer;
  }

  /** Another browser with the same cookie, which does not follow when the cookie is replaced. */
  copy() {
    return Object.assign(new Browser(this.host, this.agent), { cookie: this.cookie });
  }
}

export function unexpected({ status, body }, method, path) {
  return new Error(`${method} ${path} was answered with ${status}: ${body.slice(0, 300)}`);
}
