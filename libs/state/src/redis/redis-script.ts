import { hash } from 'node:crypto';
import { type RedisClient } from './redis-client.js';

/** A script that the server executes atomically; it is sent in full once per server. */
export class RedisScript {
  private readonly digest: string;

  constructor(private readonly text: string) {
    this.digest = hash('sha1', text, 'hex');
  }

  async run(
    client: RedisClient,
    keys: readonly string[],
    values: readonly (string | number)[],
  ): Promise<unknown> {
    const options = { keys: [...keys], arguments: values.map(String) };
    try {
      return await client.evalSha(this.digest, options);
    } catch (error) {
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
      return client.eval(this.text, options);
    }
  }
}
