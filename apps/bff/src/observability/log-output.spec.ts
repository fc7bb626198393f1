import { expect, it } from '@jest/globals';
import { LogOutput } from './log-output.js';

const MEBIBYTE = 1024 * 1024;

/** A volume with a limited number of free bytes. */
class Volume {
  content = '';
  writes = 0;

  constructor(public room: number) {}

  readonly write = (block: Buffer): Promise<number> => {
    const written = block.subarray(0, this.room);
    this.room -= written.length;
    this.content += written.toString();
    this.writes += 1;
    return Promise.resolve(written.length);
  };
}

it('many lines are written in order with one write', async () => {
  const volume = new Volume(Infinity);
  const output = new LogOutput(volume.write);
  const lines = Array.from({ length: 100 }, (_, index) => `{"line":${index}}\n`);
  for (const line of lines) output.write(line);
  await output.flush(1_000);
  expect(volume.content).toBe(lines.join(''));
  expect(volume.writes).toBe(1);
  expect(output.dropped).toBe(0);
});

it('lines that do not fit on the volume are counted, and writing resumes with a complete line when there is room', async () => {
  const volume = new Volume(20);
  const output = new LogOutput(volume.write);
  for (const line of ['{"line":1}\n', '{"line":2}\n', '{"line":3}\n']) output.write(line);
  await output.flush(1_000);
  expect(volume.content).toBe('{"line":1}\n{"line":2');
  expect(output.dropped).toBe(2);

  output.write('{"line":4}\n');
  await output.flush(1_000);
  expect(output.dropped).toBe(3);

  volume.room = Infinity;
  output.write('{"line":5}\n');
  output.write('{"line":6}\n');
  await output.flush(1_000);
  expect(volume.content).toBe('{"line":1}\n{"line":2\n{"line":5}\n{"line":6}\n');
  expect(output.dropped).toBe(3);
});

it('while a write hangs, at most 1 MiB of lines is buffered, further lines are counted, and flushing ends', async () => {
  const blocks: Buffer[] = [];
  let resume = (): void => undefined;
  const output = new LogOutput((block) => {
    blocks.push(block);
    return new Promise((done) => (resume = () => done(block.length)));
  });
  const line = `${'x'.repeat(1023)}\n`;
  for (let lines = 0; lines < 64 + 1024; lines += 1) output.write(line);
  expect(output.dropped).toBe(0);
  for (let lines = 0; lines < 100; lines += 1) output.write(line);
  expect(output.dropped).toBe(100);
  await output.flush(10);
  expect(blocks.map(({ length }) => length)).toEqual([65_536]);

  resume();
  await new Promise(setImmediate);
  expect(blocks.map(({ length }) => length)).toEqual([65_536, MEBIBYTE]);
  resume();
  await output.flush(1_000);
  expect(output.dropped).toBe(100);
});
