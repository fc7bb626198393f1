import { once } from 'node:events';
import { connect } from 'node:net';
import { type RouteName } from '../../apps/bff/src/http/routes.js';
import { type Answer } from './browser.js';
import { type ContractFixture } from './contract-fixture.js';
import { readAnswer } from './raw-answer.js';

const FORWARDED: readonly RouteName[] = [
  'account.read',
  'account.create',
  'account.update',
  'account.delete',
  'activities.list',
  'comments.create',
];

/** Responses that take long: requested at the start and read when needed. */
export class SlowAnswers {
  private readonly slowHeaders = new Map<RouteName, Promise<Answer>>();
  private readonly hanging = new Map<RouteName, Promise<Answer>>();

  constructor(private readonly fixture: ContractFixture) {}

  async begin(): Promise<void> {
    const { bff, contract } = this.fixture;
    for (const name of contract.names as RouteName[]) {
      const bytes = `${this.fixture.head(name).join('\r\n')}\r\nX-Slow: `;
      this.slowHeaders.set(name, answerOnSocket(bff.port, bytes));
    }

    const server = bff.sinch['staging-dev'];
    server.answer({ hang: true });
    for (const name of FORWARDED) {
      this.hanging.set(name, this.fixture.ask(name, { tenantId: 'lantern' }));
    }
    while (server.requests.length < FORWARDED.length) await server.nextRequest();
  }

  /** The response to headers that are never complete. */
  toHeaders(name: RouteName): Promise<Answer> {
    return begun(this.slowHeaders.get(name));
  }

  /** The response to a call while the upstream hangs. */
  fromUpstream(name: RouteName): Promise<Answer> {
    return begun(this.hanging.get(name));
  }
}

/** Writes the bytes and reads the response until the service closes the connection. */
async function answerOnSocket(port: number, bytes: string): Promise<Answer> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.setEncoding('latin1').on('data', (text: string) => (received += text));
  socket.write(bytes);
  await once(socket, 'close');
  return readAnswer(received);
}

function begun(answer: Promise<Answer> | undefined): Promise<Answer> {
  if (answer === undefined) throw new Error('The request was not sent at the start');
  return answer;
}
