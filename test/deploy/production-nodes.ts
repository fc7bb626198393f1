import { Browser } from '../support/browser.js';
import { HeldSocket } from '../support/held-socket.js';
import { type Program, Programs, freePort } from '../support/program.js';
import { RedisServer } from '../support/redis-server.js';
import { type SixUpstreams, startSixUpstreams } from '../support/six-upstreams.js';
import { seededDatabase, TEST_KEYS, type TestDatabase } from '../support/test-database.js';
import { the } from '../support/the.js';
import { HOST, type NodePorts } from './proxy.js';

const ORIGIN = `https://${HOST}`;
/** Timeout for the start of a process on a busy machine. */
const START_MS = 30_000;

/** One node of the built service on ports that it keeps over restarts. */
export class ProductionNode {
  private running: Program | undefined;

  constructor(
    readonly ports: NodePorts,
    readonly socket: HeldSocket | undefined,
    private readonly start: (node: ProductionNode) => Program,
  ) {}

  get program(): Program {
    if (this.running === undefined) throw new Error('The node was not started');
    return this.running;
  }

  async run(): Promise<void> {
    this.running = this.start(this);
    await this.running.listening();
  }

  /** Sends SIGTERM, waits for the end and starts the node again. @returns the exit code */
  async restart(): Promise<number | null> {
    this.program.signal('SIGTERM');
    const { code } = await this.program.ended;
    await this.run();
    return code;
  }
}

/** Three nodes of the built service on one PostgreSQL database and one Redis, with recording upstreams. */
export class ProductionNodes {
  private constructor(
    readonly sinch: SixUpstreams,
    readonly nodes: readonly ProductionNode[],
    private readonly programs: Programs,
    private readonly redis: RedisServer,
    private readonly database: TestDatabase,
  ) {}

  /** @param holdsSockets whether the public sockets stay open while a node restarts, as with the units in deploy/systemd */
  static async start({ holdsSockets = false } = {}): Promise<ProductionNodes> {
    const [sinch, redis, database] = await Promise.all([
      startSixUpstreams(),
      RedisServer.start(),
      seededDatabase(),
    ]);
    const programs = new Programs();
    const run = ({ ports: { port, managementPort }, socket }: ProductionNode): Program =>
      programs.start('service', {
        ...(socket !== undefined && { socket }),
        environment: {
          ...sinch.environment(),
          BFF_FRONTENDS: JSON.stringify([{ name: 'console', class: 'internal', origin: ORIGIN }]),
          BFF_PORT: String(port),
          BFF_MANAGEMENT_PORT: String(managementPort),
          BFF_TRUSTED_PROXIES: '127.0.0.1',
          BFF_ENCRYPTION_KEYS: TEST_KEYS,
          DATABASE_URL: database.url,
          REDIS_URL: redis.url,
        },
      });
    const nodes: ProductionNode[] = [];
    for (let index = 0; index < 3; index += 1) {
      const ports = { port: await freePort(), managementPort: await freePort() };
      const socket = holdsSockets
        ? await HeldSocket.open({ host: '127.0.0.1', port: ports.port })
        : undefined;
      nodes.push(new ProductionNode(ports, socket, run));
    }
    const all = new ProductionNodes(sinch, nodes, programs, redis, database);
    await Promise.all(nodes.map((node) => node.run()));
    return all;
  }

  get ports(): NodePorts[] {
    return this.nodes.map(({ ports }) => ports);
  }

  /** The `Cookie` header of a new session of the editor. */
  async signedIn(): Promise<string> {
    const browser = new Browser({ port: this.ports[0]?.port ?? 0, host: HOST, origin: ORIGIN });
    await browser.signIn(the.editor);
    browser.close();
    return [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async stop(): Promise<void> {
    await this.programs.killAll();
    for (const { socket } of this.nodes) await socket?.close();
    await this.sinch.close();
    await this.redis.stop();
    await this.database.drop();
  }
}

export const NODES_START_MS = 3 * START_MS;
