import { hash, randomUUID } from 'node:crypto';
import { type SlidingWindows, type Taken, type WindowLimit } from '../sliding-windows.js';
import { GIVE_BACK, TAKE } from './record-scripts.js';
import { type RedisConnection } from './redis-connection.js';

/** Sliding windows that all nodes share. */
export class RedisWindows implements SlidingWindows {
  constructor(
    private readonly connection: RedisConnection,
    private readonly name: string,
    private readonly windowMs: number,
  ) {}

  async take(limits: readonly WindowLimit[]): Promise<Taken> {
    const keys = limits.map(({ key }) => this.keyOf(key));
    const id = randomUUID();
    const values = [id, this.windowMs, ...limits.map(({ limit }) => limit)];
    const reply = await this.connection.run((client) => TAKE.run(client, keys, values));
    const [isTaken, second = 0, ...full] = reply as readonly number[];
    if (isTaken !== 1)
      return { taken: false, freeInMs: second, full: full.map((number) => limits[number - 1]?.key ?? '') };
    const giveBack = async (): Promise<void> => {
      await this.connection.run((client) => GIVE_BACK.run(client, keys, [id]));
    };
    return { taken: true, isLast: second === 1, giveBack };
  }

  /** Keys contain addresses and e-mail addresses, which the server does not need to know. */
  private keyOf(key: string): string {
    return `bff:w:${this.name}:${hash('sha256', key, 'base64url')}`;
  }
}
