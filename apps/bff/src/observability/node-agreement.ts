import { hash, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { Keyring } from '@bff/secrets';
import { State } from '@bff/state';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Log } from './log.js';

const ANNOUNCE_MS = 2_000;
/** Time after which a node that no longer announces itself is forgotten. */
const LIFETIME_MS = 10_000;

/** The settings of a node that must fit those of the others. */
interface NodeSettings {
  readonly name: string;
  /** Key id and fingerprint, the sealing key first. */
  readonly keys: readonly (readonly [id: string, fingerprint: string])[];
  /** A hash over `BFF_FRONTENDS`. */
  readonly frontends: string;
}

/**
 * Compares the settings of this node with those of the other nodes, because nodes that differ reject each other's
 * sessions.
 */
@Injectable()
export class NodeAgreement implements OnApplicationBootstrap, OnApplicationShutdown {
  /** One sentence for each difference, in the order of the nodes' names. */
  differences: readonly string[] = [];
  private readonly node = randomUUID();
  private readonly own: NodeSettings;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(BFF_CONFIG) { frontends }: BffConfig,
    keyring: Keyring,
    private readonly state: State,
    private readonly log: Log,
  ) {
    const listed = JSON.stringify(frontends, (_, value: unknown) =>
      value instanceof Set ? [...value] : value,
    );
    this.own = { name: hostname(), keys: [...keyring.fingerprints], frontends: hash('sha256', listed) };
  }

  onApplicationBootstrap(): void {
    if (!this.state.isShared) return;
    this.timer = setInterval(() => void this.compare(), ANNOUNCE_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async compare(): Promise<void> {
    let announced: readonly string[];
    try {
      announced = await this.state.announce(this.node, JSON.stringify(this.own), LIFETIME_MS);
    } catch {
      // Readiness already reports that the store is unavailable.
      return;
    }
    const known = new Set(this.differences);
    const all = announced.flatMap((text) => differencesBetween(this.own, JSON.parse(text) as NodeSettings));
    this.differences = [...new Set(all)].sort();
    for (const difference of this.differences) if (!known.has(difference)) this.log.warn(difference);
  }
}

/** Returns a sentence for each setting of another node that does not fit that of this node. */
export function differencesBetween(own: NodeSettings, other: NodeSettings): readonly string[] {
  const found: string[] = [];
  const notOf = (keys: NodeSettings['keys'], [id, fingerprint]: readonly [string, string]): boolean =>
    !keys.some((key) => key[0] === id && key[1] === fingerprint);
  const [ownKey, otherKey] = [own.keys[0], other.keys[0]];
  if (ownKey !== undefined && notOf(other.keys, ownKey))
    found.push(
      `BFF_ENCRYPTION_KEYS of node ${other.name} lacks the key ${ownKey[0]} with which this node encrypts`,
    );
  if (otherKey !== undefined && notOf(own.keys, otherKey))
    found.push(
      `BFF_ENCRYPTION_KEYS of this node lacks the key ${otherKey[0]} with which node ${other.name} encrypts`,
    );
  if (other.frontends !== own.frontends)
    found.push(`BFF_FRONTENDS of node ${other.name} differs from that of this node`);
  return found;
}
