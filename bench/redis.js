import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { URL } from 'node:url';
import { freePort } from './processes.js';

const PROGRAM = 'redis-server';
const READY_ATTEMPTS = 100;

/**
 * Starts a Redis of Debian's package without persistence.
 * @returns its URL
 * @throws Error when Redis is not installed or does not start
 */
export async function startRedis(workshop, name = 'redis') {
  if (spawnSync(PROGRAM, ['-v']).error !== undefined) {
    throw new Error('Redis is not installed (apt-get install redis-server)');
  }
  const home = workshop.path(name);
  mkdirSync(home);
  const port = await freePort();
  const listener = ['--port', String(port), '--bind', '127.0.0.1', '--dir', home];
  const child = workshop.start(name, PROGRAM, [...listener, '--save', '', '--appendonly', 'no']);
  const url = `redis://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < READY_ATTEMPTS && child.exitCode === null; attempt += 1) {
    const reply = await redisCommand(url, 'PING').catch(() => '');
    if (reply.startsWith('+PONG')) return url;
    await pause(100);
  }
  throw new Error('Redis does not answer');
}

/** Executes an inline command. @returns the raw reply */
export async function redisCommand(url, line) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.end(`${line}\r\nQUIT\r\n`);
  return text(socket);
}

/** The number of keys, the bytes that Redis holds in all, and the number of commands that it has executed. */
export async function redisContent(url) {
  const size = /^:(\d+)/.exec(await redisCommand(url, 'DBSIZE'))?.[1];
  const information = await redisCommand(url, 'INFO');
  const field = (name) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(information)?.[1]);
  return { keys: Number(size), bytes: field('used_memory'), commands: field('total_commands_processed') };
}
