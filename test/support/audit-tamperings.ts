import { randomUUID } from 'node:crypto';

export const inAcme = (sequence: number | string): string => `chain = 'acme' AND sequence = ${sequence}`;
export const edit = (sequence: number): string =>
  `UPDATE audit_events SET record = replace(record, 'refused', 'success') WHERE ${inAcme(sequence)}`;
/** Recalculates the hashes of a chain, as is possible for anyone who may write to the table. */
const rehash = (from: number, to: number): string => `DO $$
  DECLARE row record; previous text := (SELECT hash FROM audit_events WHERE ${inAcme(from - 1)});
  BEGIN
    FOR row IN SELECT * FROM audit_events WHERE chain = 'acme' AND sequence BETWEEN ${from} AND ${to} ORDER BY sequence LOOP
      previous := encode(sha256(convert_to(
        coalesce(previous, '') || E'\\n' || row.sequence || E'\\n' || row.record, 'UTF8')), 'hex');
      UPDATE audit_events SET hash = previous WHERE position = row.position;
    END LOOP;
  END $$`;
/** An event that never happened, with the time, record and columns of a real one. */
export const forge = (sequence: number): string => `INSERT INTO audit_events
  (chain, sequence, at, tenant_id, actor_id, record, hash)
  SELECT chain, ${sequence}, at, tenant_id, actor_id, record, hash FROM audit_events WHERE ${inAcme(4)}`;
export const LAST = 6;

export type Tampering = [what: string, statements: string[], places: string[]];

/** Changes of the database, with the places that `bff audit verify` reports. */
export const tamperings: Tampering[] = [
  ['the text of a record edited', [edit(4)], ['acme 4']],
  ['a record edited with its own hash recalculated', [edit(4), rehash(4, 4)], ['acme 5']],
  ['the tail edited with all hashes recalculated', [edit(4), rehash(4, LAST)], ['acme']],
  ['a hash edited', [`UPDATE audit_events SET hash = 'f00d' WHERE ${inAcme(4)}`], ['acme 4', 'acme 5']],
  [
    'a record put in the place of another, with all hashes recalculated',
    [
      `UPDATE audit_events SET record = (SELECT record FROM audit_events WHERE ${inAcme(3)}) WHERE ${inAcme(4)}`,
      rehash(4, LAST),
    ],
    ['acme 4', 'acme'],
  ],
  [
    'a record replaced by text that is not JSON, with its own hash recalculated',
    [`UPDATE audit_events SET record = 'nothing to see' WHERE ${inAcme(4)}`, rehash(4, 4)],
    ['acme 4', 'acme 5'],
  ],
  [
    'a record replaced by JSON that is not a record, with its own hash recalculated',
    [`UPDATE audit_events SET record = '{}' WHERE ${inAcme(4)}`, rehash(4, 4)],
    ['acme 4', 'acme 5'],
  ],
  ['a record in the middle deleted', [`DELETE FROM audit_events WHERE ${inAcme(4)}`], ['acme 4', 'acme 5']],
  [
    'a record in the middle deleted and the rest moved up with all hashes recalculated',
    [
      `DELETE FROM audit_events WHERE ${inAcme(4)}`,
      `UPDATE audit_events SET sequence = sequence - 1 WHERE ${inAcme(5)}`,
      `UPDATE audit_events SET sequence = sequence - 1 WHERE ${inAcme(LAST)}`,
      rehash(4, LAST),
    ],
    [`acme ${LAST}`, 'acme'],
  ],
  ['the last record deleted', [`DELETE FROM audit_events WHERE ${inAcme(LAST)}`], [`acme ${LAST}`, 'acme']],
  [
    'the first two records deleted',
    [`DELETE FROM audit_events WHERE ${inAcme(1)} OR ${inAcme(2)}`],
    ['acme 1-2', 'acme 3'],
  ],
  [
    'every record of a chain deleted',
    [`DELETE FROM audit_events WHERE chain = 'acme'`],
    [`acme 1-${LAST}`, 'acme'],
  ],
  [
    'a record moved to a huge sequence number',
    [`UPDATE audit_events SET sequence = 9007199254740000 WHERE ${inAcme(2)}`],
    ['acme 2', 'acme 3', `acme ${LAST + 1}-9007199254739999`, 'acme 9007199254740000', 'acme'],
  ],
  [
    'two records exchanged',
    [
      `UPDATE audit_events SET sequence = 99 WHERE ${inAcme(4)}`,
      `UPDATE audit_events SET sequence = 4 WHERE ${inAcme(5)}`,
      `UPDATE audit_events SET sequence = 5 WHERE ${inAcme(99)}`,
    ],
    ['acme 4', 'acme 5', `acme ${LAST}`],
  ],
  [
    'a record moved to the end of the listed audit log',
    [`UPDATE audit_events SET position = DEFAULT WHERE ${inAcme(4)}`],
    ['acme 4'],
  ],
  [
    'a record moved to the end of another chain',
    [`UPDATE audit_events SET chain = 'harbour', sequence = ${LAST + 1} WHERE ${inAcme(4)}`],
    ['acme 4', 'acme 5', `harbour ${LAST + 1}`, 'harbour'],
  ],
  ['a record added at the end', [forge(LAST + 1)], [`acme ${LAST + 1}`, 'acme']],
  ['a record added at the end with its hash recalculated', [forge(7), rehash(7, 7)], ['acme']],
  ['a record added before the beginning', [forge(0)], ['acme 0']],
  [
    'the tenant column of a record edited',
    [`UPDATE audit_events SET tenant_id = 'harbour' WHERE ${inAcme(4)}`],
    ['acme 4'],
  ],
  [
    'the tenant column of a record removed',
    [`UPDATE audit_events SET tenant_id = NULL WHERE ${inAcme(4)}`],
    ['acme 4'],
  ],
  [
    'the actor column of a record edited',
    [`UPDATE audit_events SET actor_id = '${randomUUID()}' WHERE ${inAcme(4)}`],
    ['acme 4'],
  ],
  [
    'the time column of a record edited',
    [`UPDATE audit_events SET at = at - interval '1 year' WHERE ${inAcme(4)}`],
    ['acme 4'],
  ],
  [
    'the head of a chain moved to the record before, and the last record deleted',
    [
      `DELETE FROM audit_events WHERE ${inAcme(LAST)}`,
      `UPDATE audit_chains SET sequence = ${LAST - 1},
        hash = (SELECT hash FROM audit_events WHERE ${inAcme(LAST - 1)}) WHERE chain = 'acme'`,
    ],
    ['acme'],
  ],
  [
    'the beginning of a chain moved, and the first record deleted',
    [
      `UPDATE audit_chains SET pruned_sequence = 1,
        pruned_hash = (SELECT hash FROM audit_events WHERE ${inAcme(1)}) WHERE chain = 'acme'`,
      `DELETE FROM audit_events WHERE ${inAcme(1)}`,
    ],
    ['acme'],
  ],
  ['the seal edited', [`UPDATE audit_chains SET seal = 'f00d' WHERE chain = 'acme'`], ['acme']],
  [
    'the seal of another chain copied',
    [
      `UPDATE audit_chains SET seal = (SELECT seal FROM audit_chains WHERE chain = 'harbour') WHERE chain = 'acme'`,
    ],
    ['acme'],
  ],
  ['the head of a chain deleted', [`DELETE FROM audit_chains WHERE chain = 'acme'`], ['acme']],
  [
    'a record of no tenant edited',
    [
      `UPDATE audit_events SET record = replace(record, 'refused', 'success') WHERE chain = '' AND sequence = 4`,
    ],
    ['events without a tenant 4'],
  ],
];
