import { hash } from 'node:crypto';
import { auditChains } from '@bff/database';
import { type Keyring } from '@bff/secrets';

/** The name of the chain of what belongs to no tenant; no tenant id is empty. */
export const SHARED_CHAIN = '';

const PURPOSE = 'audit-chain';

/** Where a chain begins and ends. */
export type ChainHead = Omit<typeof auditChains.$inferSelect, 'seal'>;

export const emptyChain = (chain: string): ChainHead => ({
  chain,
  sequence: 0,
  hash: '',
  prunedSequence: 0,
  prunedHash: '',
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

function statementOf({ chain, sequence, hash: last, prunedSequence, prunedHash }: ChainHead): string {
  return JSON.stringify([chain, sequence, last, prunedSequence, prunedHash]);
}
