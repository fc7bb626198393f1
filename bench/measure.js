import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { track } from './processes.js';

const CONNECTIONS = 50;
const microsecondsPerTick = 1_000_000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** What is still in the pipes when the load ends belongs to it: log lines above all. */
const SETTLE_MS = 200;

/** Processor time of a process, all its threads and its children so far: user and system, as the kernel counts it. */
export function cpuMicroseconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in parentheses, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return childrenOf(pid).reduce(
    (sum, child) => sum + cpuMicroseconds(child),
    (user + system) * microsecondsPerTick,
  );
}

function childrenOf(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
}

/** One load on one contender: processor time per request, and requests per second. */
export async function measure(contender, path, seconds) {
  const before = cpuMicroseconds(contender.pid);
  const { requests, perSecond } = await load(contender, path, seconds);
  await pause(SETTLE_MS);
  const cpu = (cpuMicroseconds(contender.pid) - before) / requests;
  contender.tidy?.();
  return { cpu, perSecond };
}

/** @throws Error when anything but a success was answered */
export async function load({ name, origin, headers }, path, seconds) {
  const args = [
    ...['-t', '1', '-c', String(CONNECTIONS), '-d', `${seconds}s`],
    ...Object.entries(headers).flatMap(([header, value]) => ['-H', `${header}: ${value}`]),
    origin + path,
  ];
  const wrk = track(spawn('wrk', args, { stdio: ['ignore', 'pipe', 'inherit'] }));
  const closed = once(wrk, 'close');
  const output = await text(wrk.stdout);
  await closed;
  return parseWrk(name, output);
}

export function parseWrk(name, output) {
  const requests = Number(/^\s*(\d+) requests in /m.exec(output)?.[1]);
  const perSecond = Number(/^Requests\/sec:\s*([\d.]+)/m.exec(output)?.[1]);
  if (!(requests > 0) || /Non-2xx|Socket errors/.test(output)) {
    throw new Error(`The load on ${name} went wrong:\n${output}`);
  }
  return { requests, perSecond };
}
