import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { describeWith } from './describe-with.js';

/** The path of Debian, and the usual paths of other distributions. */
const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = PATHS.find((path) => existsSync(path));

/** Prevent requests of Chromium to its vendor at start. */
const QUIET = [
  ...['--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-gpu', '--no-sandbox'],
];

export function launchChromium(): Promise<Browser> {
  if (executablePath === undefined) throw new Error('Chromium is not installed');
  return chromium.launch({ executablePath, args: QUIET });
}

/** A group of tests in a real browser. */
export function describeWithChromium(title: string, tests: () => void): void {
  describeWith('Chromium', executablePath !== undefined, title, tests);
}
