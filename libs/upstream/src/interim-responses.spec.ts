import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ContinueRenamer } from './interim-responses.js';

/** The bytes that the parser gets if one response arrives in these pieces. */
function renamed(text: string, cuts: readonly number[]): string {
  const renamer = new ContinueRenamer();
  renamer.expectResponse();
  const received = Buffer.from(text, 'latin1');
  const ends = [...cuts.map((cut) => cut % (received.length + 1)), received.length].sort((a, b) => a - b);
  let start = 0;
  const pieces = ends.map((end) => {
    const piece = Buffer.from(received.subarray(start, end));
    start = end;
    renamer.rename(piece);
    return piece;
  });
  return Buffer.concat(pieces).toString('latin1');
}

const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array).toString('latin1'));
const cuts = fc.array(fc.nat(), { maxLength: 20 });
const fields = fc.array(
  fc.constantFrom('Link: </x>\r\n', 'X: HTTP/1.1 100 Continue\r\n', 'Content-Length: 9\r\n', 'A: \r\n b\r\n'),
  { maxLength: 3 },
);
const interim = fc
  .tuple(fc.constantFrom('100 Continue', '100', '102 Processing', '103 Early Hints', '199 X'), fields)
  .map(([status, lines]) => `HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`);
const final = fc
  .tuple(
    fc.constantFrom('200 OK', '204 X', '404 X', '500 HTTP/1.1 100 Continue', '999', '010 X'),
    fields,
    fc.oneof(
      bytes,
      fc.constantFrom('\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 X'),
    ),
  )
  .map(([status, lines, body]) => `HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`);

describe('ContinueRenamer', () => {
  it('renames the status 100 of every interim response and changes no other byte', () => {
    fc.assert(
      fc.property(fc.array(interim, { maxLength: 4 }), final, cuts, (interims, response, pieces) => {
        const expected = interims.map((head) => head.replace(/^HTTP\/1\.1 100/, 'HTTP/1.1 102')).join('');
        expect(renamed(interims.join('') + response, pieces)).toBe(expected + response);
      }),
      { numRuns: 1_000 },
    );
  });

  it('changes no byte of input without an interim response', () => {
    fc.assert(
      fc.property(bytes, cuts, (text, pieces) => {
        expect(renamed(text, pieces)).toBe(text);
      }),
    );
  });

  it('changes no byte before a request or after its final response', () => {
    const renamer = new ContinueRenamer();
    const unsolicited = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n');
    renamer.rename(unsolicited);
    expect(unsolicited.toString()).toContain('100');
    renamer.expectResponse();
    renamer.rename(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'));
    renamer.rename(unsolicited);
    expect(unsolicited.toString()).toContain('100');
  });
});
