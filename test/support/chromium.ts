import { existsSync } from 'node:fs';
import { describe } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';

/** Debian's, and the usual names elsewhere. */
const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = PATHS.find((path) => existsSync(path));

/** Without these it would look for hosts of its own at every start. */
const QUIET = [
  ...['--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-gpu', '--no-sandbox'],
];

export function launchChromium(): Promise<Browser> {
  if (executablePath === undefined) throw new Error('Chromium is not installed');
  return chromium.launch({ executablePath, args: QUIET });
}

/** A group of tests in a real browser; left out where there is none, but never where CI runs. */
export function describeWithChromium(title: string, tests: () => void): void {
  if (executablePath !== undefined) return describe(title, tests);
  if (process.env['CI'] !== undefined) {
    throw new Error('Chromium is not installed, and CI must not leave its tests out');
  }
  console.warn(`Left out, because Chromium is not installed: ${title}`);
  describe.skip(title, tests);
}
