import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { track } from './processes.js';
import { comment, tenants } from './scenario.js';

const CONNECTIONS = 50;

/** What is still in the pipes when the load ends belongs to it: log lines above all. */
const SETTLE_MS = 200;

/** Processor time of a process, all its threads and its children so far: user and system, as the scheduler counts it. */
export function cpuMicroseconds(pid) {
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) => cpuOfThread(pid, thread));
  return [...threads, ...childrenOf(pid).map(cpuMicroseconds)].reduce((sum, value) => sum + value, 0);
}

function cpuOfThread(pid, thread) {
  try {
    // The first field is the time on a processor in nanoseconds (Linux, Documentation/scheduler/sched-stats.rst).
    const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    return Number(nanoseconds) / 1_000;
  } catch (error) {
    // The thread ended since it was listed.
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return 0;
    throw error;
  }
}

function childrenOf(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
}

/** One load on one contender: processor time per request, and requests per second. */
export async function measure(contender, call, seconds) {
  return measured(contender, () => load(contender, call, seconds));
}

/** Measures any load on a contender. @param run resolves to its number of requests, and those per second */
export async function measured({ pid, tidy }, run) {
  const before = cpuMicroseconds(pid);
  const { requests, perSecond } = await run();
  await pause(SETTLE_MS);
  const cpu = (cpuMicroseconds(pid) - before) / requests;
  tidy?.();
  return { cpu, perSecond, requests };
}

/** @throws Error when anything but a success was answered */
export async function load({ name, origin, headers }, { method, path, anyPath }, seconds) {
  const all = [anyPath ?? path, String(tenants.length), ...(method === 'GET' ? [] : [comment])];
  const args = ['-d', `${seconds}s`, '-s', join(import.meta.dirname, 'all-tenants.lua'), origin];
  return startWrk(name, headers, [...args, ...all]).ended;
}

/**
 * Starts a load.
 * @param args further arguments, the URL included
 * @returns the process, and what {@link parseWrk} reads when it has ended
 */
export function startWrk(name, headers, args, connections = CONNECTIONS) {
  const fixed = Object.entries(headers).flatMap(([header, value]) => ['-H', `${header}: ${value}`]);
  const all = ['-t', '1', '-c', String(connections), ...fixed, ...args];
  const child = track(spawn('wrk', all, { stdio: ['ignore', 'pipe', 'inherit'] }));
  const closed = once(child, 'close');
  const ended = text(child.stdout).then(async (output) => {
    await closed;
    return parseWrk(name, output);
  });
  return { child, ended };
}

export function parseWrk(name, output) {
  const requests = Number(/^\s*(\d+) requests in /m.exec(output)?.[1]);
  const perSecond = Number(/^Requests\/sec:\s*([\d.]+)/m.exec(output)?.[1]);
  if (!(requests > 0) || /Non-2xx|Socket errors/.test(output)) {
    throw new Error(`The load on ${name} went wrong:\n${output}`);
  }
  return { requests, perSecond };
}
