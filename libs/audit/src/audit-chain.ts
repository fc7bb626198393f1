import { hash } from 'node:crypto';
import { auditChains } from '@bff/database';
import { type Keyring } from '@bff/secrets';

/** The chain of events without a tenant; a tenant id is never empty. */
export const SHARED_CHAIN = '';

const PURPOSE = 'audit-chain';

/** The first and the last event of a chain. */
export type ChainHead = Omit<typeof auditChains.$inferSelect, 'seal'>;

export const emptyChain = (chain: string): ChainHead => ({
  chain,
  sequence: 0,
  hash: '',
  prunedSequence: 0,
  prunedHash: '',
  anchor: 0,
});

/** The hash of an event, over the preceding hash, the sequence number and the record exactly as stored. */
export function chainedHash(previous: string, sequence: number, record: string): string {
  return hash('sha256', `${previous}\n${sequence}\n${record}`, 'hex');
}

export function sealOf(keyring: Keyring, head: ChainHead): string {
  return keyring.sign(PURPOSE, statementOf(head));
}

export function isSealed(keyring: Keyring, head: ChainHead, seal: string): boolean {
  return keyring.verify(PURPOSE, statementOf(head), seal);
}

/** The name of a chain for messages. */
export function nameOf(chain: string): string {
  return chain === SHARED_CHAIN ? 'the chain of events without a tenant' : `the chain of ${chain}`;
}

/** The text under the seal. Heads that were sealed before anchors existed do not name one. */
function statementOf({ chain, sequence, hash: last, prunedSequence, prunedHash, anchor }: ChainHead): string {
  const parts = [chain, sequence, last, prunedSequence, prunedHash];
  return JSON.stringify(anchor === 0 ? parts : [...parts, anchor]);
}
