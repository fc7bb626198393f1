import { DirectoryFileError } from '@bff/directory';
import { readFileSync } from 'node:fs';
import { type EnvironmentVariables } from '@bff/config';
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';

/** The path of a field, such as `tenants[3].credentials.keyId`, with which a message about the file begins. */
const FIELD_PATH = /^[A-Za-z]+(?:\[\d+\]|\.[A-Za-z]+)*/;

/** A directory file: its values after variable substitution, and the line number of each field. */
export class DirectorySource {
  private constructor(
    readonly values: unknown,
    /** Missing variables. A file that has any can be validated but not applied. */
    readonly problems: readonly string[],
    private readonly document: Document,
    private readonly lines: LineCounter,
  ) {}

  /** @throws DirectoryFileError if the file is unreadable or not valid YAML */
  static read(path: string, variables: EnvironmentVariables): DirectorySource {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      throw new DirectoryFileError([
        `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
      ]);
    }
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines });
    const [first] = document.errors;
    if (first !== undefined)
      throw new DirectoryFileError(document.errors.map(({ message }) => message.split('\n', 1)[0] ?? ''));
    const unresolved = unresolvedAliases(document, lines);
    if (unresolved.length > 0) throw new DirectoryFileError(unresolved);
    const missing = substituteVariables(document, lines, variables);
    return new DirectorySource(valuesOf(document) ?? {}, missing, document, lines);
  }

  /** Prefixes a message that begins with the path of a field with the line number of that field. */
  withLineNumber(message: string): string {
    const path = FIELD_PATH.exec(message)?.[0];
    const offset = path === undefined ? undefined : offsetOf(this.document.contents, path);
    return offset === undefined ? message : `line ${this.lines.linePos(offset).line}: ${message}`;
  }
}

/** YAML parses an unquoted password that begins with * as an alias, so the messages omit the name of the alias. */
function unresolvedAliases(document: Document, lines: LineCounter): readonly string[] {
  const found: string[] = [];
  visit(document, {
    Alias(_, node) {
      if (node.resolve(document) !== undefined) return;
      const { line } = lines.linePos(node.range?.[0] ?? 0);
      found.push(`line ${line}: an alias without an anchor; a value that begins with * must be quoted`);
    },
  });
  return found;
}

function valuesOf(document: Document): unknown {
  try {
    return document.toJS();
  } catch {
    throw new DirectoryFileError(['the aliases expand to too many values']);
  }
}

function substituteVariables(
  document: Document,
  lines: LineCounter,
  variables: EnvironmentVariables,
): readonly string[] {
  const missing: string[] = [];
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string') return;
      node.value = node.value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (placeholder, name: string) => {
        const value = variables[name];
        if (value !== undefined && value !== '') return value;
        missing.push(`line ${lines.linePos(node.range?.[0] ?? 0).line}: the variable ${name} is not set`);
        return placeholder;
      });
    },
  });
  return missing;
}

/** @returns the offset, in characters, of the deepest existing node on the path */
function offsetOf(root: unknown, path: string): number | undefined {
  let node = root;
  let offset: number | undefined;
  for (const [, index, field] of path.matchAll(/\[(\d+)\]|([A-Za-z]+)/g)) {
    if (isSeq(node) && index !== undefined) node = node.items[Number(index)];
    else if (isMap(node) && field !== undefined) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === field);
      if (pair === undefined) return offset;
      node = pair.value;
    } else return offset;
    offset = (node as { range?: [number, number, number] | null } | null)?.range?.[0] ?? offset;
  }
  return offset;
}
