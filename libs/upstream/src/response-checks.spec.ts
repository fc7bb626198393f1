import { describe, expect, it } from '@jest/globals';
import { failureOf } from './response-checks.js';

const members = '"errorCode":"x","message":"X."';

describe('an error of 64 KiB', () => {
  const filled = (item: string): string =>
    Array(Math.floor(65_000 / (item.length + 1)))
      .fill(item)
      .join(',');
  it.each([
    ['numbers', `{${members},"additionalInformation":[${filled('1')}]}`],
    ['objects', `{${members},"additionalInformation":[${filled('{"a":1}')}]}`],
    ['arrays', `{${members},"additionalInformation":[${filled('[]')}]}`],
    ['members', `{${filled('"":1')},${members}}`],
    ['distinct members', `{${Array.from({ length: 6_500 }, (_, i) => `"${i}":1`).join(',')},${members}}`],
    ['escapes', `{${members},"resolution":"${'\\\\'.repeat(32_000)}"}`],
    ['one number', `{${members},"additionalInformation":${'1'.repeat(65_000)}}`],
    ['brackets only', '['.repeat(65_536)],
    ['nesting', `{${members},"additionalInformation":${'['.repeat(32_000)}${']'.repeat(32_000)}}`],
  ])('full of %s takes at most 30 ms of CPU time', (_, text) => {
    const body = Buffer.from(text);
    const costs = Array.from({ length: 10 }, () => {
      const before = process.threadCpuUsage();
      failureOf({ status: 409, headers: {}, body });
      const { user, system } = process.threadCpuUsage(before);
      return (user + system) / 1_000;
    });
    expect(Math.min(...costs)).toBeLessThan(30);
  });
});
