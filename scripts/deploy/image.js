import { tools } from '../tools.js';

const { require } = tools('deploy');

/**
 * @typedef {object} Instruction
 * @property {string} keyword in upper case
 * @property {string} text the arguments without flags
 * @property {string[]} flags such as `--from=build`
 * @property {string[]} values the elements of an array in JSON form
 */

/**
 * The stages of a Dockerfile.
 * @param {string} text
 * @returns {{ image: string, name: string | null, instructions: Instruction[] }[]}
 */
export function stagesOf(text) {
  const { DockerfileParser } = require('dockerfile-ast');
  const stages = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const keyword = instruction.getKeyword();
    if (keyword === 'FROM')
      stages.push({ image: instruction.getImage(), name: instruction.getBuildStage(), instructions: [] });
    const values = instruction.getJSONStrings?.().map((string) => string.getJSONValue()) ?? [];
    const flags = instruction.getFlags?.().map((flag) => flag.toString()) ?? [];
    stages
      .at(-1)
      ?.instructions.push({ keyword, text: instruction.getArgumentsContent() ?? '', flags, values });
  }
  return stages;
}

/** The Dockerfile parses, and its last stage is what docs/security-requirements.md SUP-04 requires. */
export function* imageFaults(files, healthPaths, nodeVersion) {
  const text = files.text('Dockerfile');
  const fault = (message) => `Dockerfile: ${message}`;
  for (const { message } of require('dockerfile-utils').validate(text)) yield fault(message);
  const stages = stagesOf(text);
  for (const { image } of stages)
    if (image !== `node:${nodeVersion}-slim`)
      yield fault(`${image} must be node:${nodeVersion}-slim, as in package.json`);
  const { instructions } = stages.at(-1);
  const last = (keyword) => instructions.findLast((instruction) => instruction.keyword === keyword);
  if (!/^[1-9]\d*:[1-9]\d*$/.test(last('USER')?.text ?? ''))
    yield fault('USER must be a numeric user and group other than root');
  const probed = /\/health\/\w+/.exec(last('HEALTHCHECK')?.text ?? '')?.[0];
  if (!healthPaths.includes(probed))
    yield fault('HEALTHCHECK must request a path of the management listener');
  if (last('STOPSIGNAL')?.text !== 'SIGTERM') yield fault('STOPSIGNAL must be SIGTERM');
  if (!(last('CMD')?.values.length > 0))
    yield fault('CMD must be an array, so that the process gets the signals');
  if (!/\bBFF_PROFILE=production\b/.test(last('ENV')?.text ?? ''))
    yield fault('BFF_PROFILE must be production');
  for (const { keyword, flags, text: copied } of instructions)
    if (keyword === 'COPY' && !flags.includes('--from=build'))
      yield fault(`the last stage copies ${copied} from the context`);
  yield* buildFaults(stages, fault);
}

function* buildFaults(stages, fault) {
  const build = stages.find(({ name }) => name === 'build');
  const commands =
    build?.instructions.filter(({ keyword }) => keyword === 'RUN').map(({ text }) => text) ?? [];
  const runs = (pattern) => commands.some((command) => pattern.test(command));
  if (!runs(/\bnpm ci\b/)) yield fault('the packages must be installed with npm ci');
  if (!runs(/\bnpm prune --omit=dev\b/))
    yield fault('npm prune --omit=dev must remove the development dependencies');
  if (!runs(/-name '\*\.map' -delete\b/)) yield fault('the source maps must be deleted');
}
