/** What `INFO` tells about a server. */
export interface ServerInformation {
  /** Changes whenever the server process starts. */
  readonly runId: string;
  /** A warning for the operator, or null. */
  readonly warning: string | null;
}

/**
 * Reads the reply to `INFO`.
 * @throws Error if the server cannot store sessions
 */
export function readInformation(reply: string): ServerInformation {
  const fields = new Map(
    reply
      .split('\r\n')
      .map((line) => line.split(':', 2))
      .filter((pair): pair is [string, string] => pair.length === 2),
  );
  if (fields.get('cluster_enabled') === '1')
    throw new Error('The server is part of a Redis Cluster, which is not supported');
  if (fields.get('role') === 'slave') throw new Error('The server is a replica and cannot be written to');
  if (fields.get('loading') === '1') throw new Error('The server is loading its data');
  const runId = fields.get('run_id');
  if (runId === undefined) throw new Error('INFO does not contain run_id');
  return { runId, warning: evictionWarning(fields) };
}

function evictionWarning(fields: ReadonlyMap<string, string>): string | null {
  const policy = fields.get('maxmemory_policy') ?? 'noeviction';
  const evicts = policy !== 'noeviction' && Number(fields.get('maxmemory') ?? 0) > 0;
  return evicts
    ? `The maxmemory-policy is ${policy}: a full server ends sessions. Set it to noeviction.`
    : null;
}
