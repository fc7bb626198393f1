import { expect } from '@jest/globals';
import { Answer } from './browser.js';
import { rawExchange } from './raw.js';
import { type SixUpstreams } from './six-upstreams.js';

/** Sends the header lines and the body of a request unchanged, and reads the response. */
export async function askRaw(port: number, head: readonly string[], body = ''): Promise<Answer> {
  return readAnswer(await rawExchange(port, `${head.join('\r\n')}\r\n\r\n${body}`));
}

/** The first final response in the received bytes. */
export function readAnswer(received: string): Answer {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) throw new Error(`This is no answer: ${JSON.stringify(received)}`);
  const [statusLine = '', ...lines] = received.slice(0, end).split('\r\n');
  const rest = received.slice(end + 4);
  const status = Number(statusLine.split(' ')[1]);
  if (status >= 100 && status < 200) return readAnswer(rest);
  const pairs = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const headers = Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value]));
  return new Answer(status, headers, pairs.flat(), Buffer.from(rest, 'latin1'));
}

/** An error body without the two members that name the request. */
export function withoutIds(answer: Answer): string {
  const { requestId } = answer.json as { requestId: string };
  return answer.text.replaceAll(requestId, 'the-request-id');
}

/** Expects that neither a server nor a token endpoint received a request. */
export function expectNothingAsked(sinch: SixUpstreams): void {
  expect(sinch.all.requests).toEqual([]);
  expect(Object.values(sinch.tokens).flatMap(({ requests }) => requests)).toEqual([]);
}
