/**
 * Executes the steps of the Dockerfile in an empty folder, for machines without a container engine: each stage is a folder, `COPY .`
 * respects .dockerignore, and commands run with the Node.js that runs this script. Files outside of the working directory and
 * the user of the commands are those of the machine. Prints the result as JSON.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, matchesGlob, relative, resolve } from 'node:path';
import { stagesOf } from './deploy/image.js';

const repository = join(import.meta.dirname, '..');
const [, , target] = process.argv;
if (target === undefined) {
  console.error('usage: run-dockerfile FOLDER');
  process.exit(2);
}

const ignored = readFileSync(join(repository, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
const isInContext = (path) => !ignored.some((pattern) => matchesGlob(relative(repository, path), pattern));

const stages = new Map();
for (const { name, instructions } of stagesOf(readFileSync(join(repository, 'Dockerfile'), 'utf8'))) {
  const stage = { root: join(resolve(target), name ?? 'image'), workdir: '/', environment: {} };
  stages.set(name ?? 'image', stage);
  for (const instruction of instructions) execute(stage, instruction);
}
const image = stages.get('image');
console.log(JSON.stringify({ ...image, workdir: join(image.root, image.workdir) }));

function execute(stage, { keyword, text, flags, values }) {
  const within = join(stage.root, stage.workdir);
  switch (keyword) {
    case 'WORKDIR':
      stage.workdir = resolve(stage.workdir, text);
      mkdirSync(join(stage.root, stage.workdir), { recursive: true });
      chmodSync(join(stage.root, stage.workdir), 0o755);
      return;
    case 'ENV':
      for (const [, name, value] of text.matchAll(/(\w+)=(\S+)/g)) stage.environment[name] = value;
      return;
    case 'COPY':
      return copy(within, text.split(/\s+/), flags);
    case 'RUN':
      return run(within, text, stage.environment);
    case 'HEALTHCHECK':
      stage.healthcheck = JSON.parse(text.replace(/^CMD\s+/, ''));
      return;
    case 'CMD':
      stage.command = values;
      return;
    case 'USER':
      stage.user = text;
      return;
    case 'FROM':
    case 'EXPOSE':
    case 'STOPSIGNAL':
      return;
    default:
      throw new Error(`${keyword} cannot be executed`);
  }
}

function copy(within, paths, flags) {
  const from = stages.get(/^--from=(.*)$/.exec(flags[0] ?? '')?.[1])?.root;
  const to = paths.pop();
  for (const path of paths) {
    const source = from === undefined ? join(repository, path) : join(from, path);
    const destination = to.endsWith('/') ? join(within, to, path.split('/').at(-1)) : join(within, to);
    cpSync(source, destination, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (file) => from !== undefined || isInContext(file),
    });
  }
}

function run(within, command, environment) {
  const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
  execFileSync('sh', ['-ec', command.replace(/\\\r?\n/g, ' ')], {
    cwd: within,
    env: { ...process.env, ...environment, PATH },
    // Standard output is only the result.
    stdio: ['ignore', 2, 2],
  });
}
