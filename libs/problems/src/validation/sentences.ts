import { type ValidationError } from 'class-validator';

/**
 * Flattens a tree of validation errors to sentences that begin with the path of the member,
 * `senderDetails.region must be …`, in the format of the upstream (docs/upstream.md section 4.1).
 */
export function validationSentences(errors: readonly ValidationError[], parent = ''): string[] {
  return errors.flatMap((error) => {
    const path = joinPath(parent, error.property);
    const own = Object.entries(error.constraints ?? {}).map(([rule, sentence]) =>
      rule === 'whitelistValidation' ? `${path} should not exist` : withPath(sentence, error.property, path),
    );
    return [...own, ...validationSentences(error.children ?? [], path)];
  });
}

/**
 * Returns the paths of members with the name of an inherited property (`constructor`, `toString`,
 * `__proto__`), which code that copies objects misinterprets or drops (docs/security-requirements.md VAL-03).
 * The traversal is breadth-first, so that deep nesting does not exhaust the stack.
 */
export function inheritedNames(root: unknown): readonly string[] {
  const found: string[] = [];
  let level: readonly (readonly [path: string, value: unknown])[] = [['', root]];
  while (level.length > 0) {
    const next: [string, unknown][] = [];
    for (const [path, value] of level) {
      if (typeof value !== 'object' || value === null) continue;
      for (const [name, member] of Object.entries(value)) {
        const memberPath = joinPath(path, name);
        if (name in Object.prototype) found.push(memberPath);
        next.push([memberPath, member]);
      }
    }
    level = next;
  }
  return found;
}

function joinPath(parent: string, property: string): string {
  if (/^\d+$/.test(property)) return `${parent}[${property}]`;
  return parent === '' ? property : `${parent}.${property}`;
}

function withPath(sentence: string, property: string, path: string): string {
  return sentence.startsWith(property) ? `${path}${sentence.slice(property.length)}` : `${path}: ${sentence}`;
}
