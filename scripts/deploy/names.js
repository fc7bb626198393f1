import { loadConfig } from '../../libs/config/src/index.ts';

const NAME = /\b(?:BFF|SINCH|REDIS|OIDC)_[A-Z0-9_]+\b/g;
const PROGRAM = /\bdist\/bin\/([\w-]+)\.js\b/g;

/** Every variable of the service that a file names exists. */
export function* nameFaults(files) {
  for (const path of files.all) {
    const names = [...new Set(files.text(path).match(NAME))];
    const variables = Object.fromEntries(names.map((name) => [name, 'x']));
    for (const problem of problemsOf({ ...variables, BFF_PROFILE: 'production' }))
      if (problem.includes(': is not a known name')) yield `${path}: ${problem}`;
  }
}

/** Every program that a file starts is built. @param {readonly string[]} programs */
export function* programFaults(files, programs) {
  for (const path of files.all)
    for (const [, name] of files.text(path).matchAll(PROGRAM))
      if (!programs.includes(name)) yield `${path}: dist/bin/${name}.js is not built`;
}

function problemsOf(variables) {
  try {
    loadConfig(variables);
    return [];
  } catch ({ problems }) {
    return problems;
  }
}
