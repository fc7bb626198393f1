import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { redisContent } from '../redis.js';
import { rotated } from '../rounds.js';
import { median } from '../statistics.js';

/** A session's activity is recorded at most once in this time (docs/contract.md section 4). */
const ACTIVITY_MS = 60_000;
/** Seconds of one measurement; the services take turns, because the speed of the machine changes from second to second. */
const SLICE_SECONDS = 1;
/** Redis commands per request while no activity is due: pings and the questions of this run. */
const MAX_COMMANDS = 0.1;

/**
 * Interleaved rounds. Two passes before each round use every session: the first records its activity, the second brings
 * its new record into the memory of the node. The measurements follow within the minute in which no activity is due.
 * Few sessions are used over one connection at first, so that no two requests record the same activity.
 * @returns by service: `cpu` of each slice of each round, and the `commands` of Redis for each request that was measured; as
 *   `recording` the CPU per request of the first passes with many sessions
 */
export async function runRounds(services, { rounds, slices }, progress) {
  const { few, sessions, tenants } = services;
  const samples = Object.fromEntries(Object.keys(services).map((name) => [name, { cpu: [], commands: [] }]));
  const recording = [];
  let dueAt = performance.now() + ACTIVITY_MS;
  for (let round = 0; round < rounds; round += 1) {
    progress(`round ${round + 1}/${rounds}: waiting until activity is due`);
    await pause(Math.max(0, dueAt - performance.now()));
    const first = await sessions.walk.pass();
    // The first pass of all also reads the sessions from Redis for the first time.
    if (round > 0) recording.push(first.cpu);
    await sessions.walk.pass();
    for (const { newest } of [few, tenants]) await newest.pass(1);
    dueAt = performance.now() + ACTIVITY_MS;
    for (let slice = 0; slice < slices; slice += 1) {
      const first = (round * slices + slice) / (rounds * slices);
      for (const [name, service] of rotated(Object.entries(services), round + slice)) {
        const { cpu, commands } = await measureOnce(service, first);
        samples[name].cpu.push(cpu);
        samples[name].commands.push(commands);
      }
    }
    const latest = (name) => median(samples[name].cpu.slice(-slices)).toFixed(1);
    progress(
      `round ${round + 1}/${rounds}, µs per request: ${Object.keys(services)
        .map((name) => `${name} ${latest(name)}`)
        .join(', ')}`,
    );
  }
  return { samples, recording };
}

/** @throws Error when the requests used Redis, because the minute was over: their cost is not that of a known session */
async function measureOnce({ name, walk, redisUrl }, first) {
  const before = await redisContent(redisUrl);
  const { cpu, requests } = await walk.measure(SLICE_SECONDS, first);
  const after = await redisContent(redisUrl);
  const commands = (after.commands - before.commands) / requests;
  if (commands > MAX_COMMANDS) {
    throw new Error(
      `${name}: ${commands.toFixed(1)} Redis commands per request; the machine is too slow or busy`,
    );
  }
  return { cpu, commands };
}
