import { randomBytes } from 'node:crypto';
import { Secret } from '@bff/config';
import { HashKeySet, Keyring } from '@bff/secrets';
import { describe, expect, it } from '@jest/globals';
import { type Checkpoint, checkpointLine, isGenuine, parseCheckpoint } from './audit-checkpoint.js';

const keyringOf = (id: string): Keyring => new Keyring([{ id, key: new Secret(randomBytes(32)) }]);
const keys = new HashKeySet(
  'audit-checkpoints',
  [{ generation: 1, createdAt: 0, key: new Secret(randomBytes(32)) }],
  () => 0,
);
const statement = { counter: 7, at: Date.UTC(2026, 0, 1), digest: 'a'.repeat(64) };

function parsed(line: string): Checkpoint {
  const checkpoint = parseCheckpoint(line);
  if (checkpoint === null) throw new Error('It is not a checkpoint');
  return checkpoint;
}

describe('a printed checkpoint', () => {
  it('verifies whatever the encryption keys are, so that a rotation does not invalidate it', () => {
    const checkpoint = parsed(checkpointLine(keys, statement));
    expect(checkpoint).toMatchObject(statement);
    expect(
      [keyringOf('old'), keyringOf('new')].map((keyring) => isGenuine(keys, keyring, checkpoint)),
    ).toEqual([true, true]);
  });

  it('is not genuine after any change', () => {
    const line = checkpointLine(keys, statement);
    for (const changed of [line.replace('v2,7', 'v2,8'), line.replace('v2', 'v1'), line.replace('aa', 'ab')])
      expect(isGenuine(keys, keyringOf('old'), parsed(changed))).toBe(false);
    const last = line.endsWith('A') ? 'B' : 'A';
    expect(isGenuine(keys, keyringOf('old'), parsed(line.slice(0, -1) + last))).toBe(false);
  });

  it('of version 1 verifies as long as its encryption key is configured', () => {
    const keyring = keyringOf('old');
    const text = `v1,7,2026-01-01T00:00:00.000Z,${'a'.repeat(64)}`;
    const checkpoint = parsed(`${text},${keyring.sign('audit-checkpoint', text)}`);
    expect(isGenuine(keys, keyring, checkpoint)).toBe(true);
    expect(isGenuine(keys, keyringOf('new'), checkpoint)).toBe(false);
  });
});
