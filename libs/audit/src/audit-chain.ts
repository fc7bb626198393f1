import { hash } from 'node:crypto';
import { auditChains } from '@bff/database';
import { type Keyring } from '@bff/secrets';

/** The name of the chain of what belongs to no tenant; no tenant id is empty. */
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

/** The hash of an event: over the one before it, its place, and its record exactly as it is kept. */
export function chainedHash(previous: string, sequence: number, record: string): string {
  return hash('sha256', `${previous}\n${sequence}\n${record}`, 'hex');
}

export function sealOf(keyring: Keyring, head: ChainHead): string {
  return keyring.sign(PURPOSE, statementOf(head));
}

export function isSealed(keyring: Keyring, head: ChainHead, seal: string): boolean {
  return keyring.verify(PURPOSE, statementOf(head), seal);
}

/** A chain as a sentence names it. */
export function nameOf(chain: string): string {
  return chain === SHARED_CHAIN ? 'the chain of no tenant' : `the chain of ${chain}`;
}

/** Heads that were sealed before anchors existed name none. */
function statementOf({ chain, sequence, hash: last, prunedSequence, prunedHash, anchor }: ChainHead): string {
  const parts = [chain, sequence, last, prunedSequence, prunedHash];
  return JSON.stringify(anchor === 0 ? parts : [...parts, anchor]);
}
