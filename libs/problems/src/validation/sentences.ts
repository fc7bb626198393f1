import { type ValidationError } from 'class-validator';

/**
 * Flattens a tree of validation errors into sentences that begin with the path of the member,
 * `senderDetails.region must be …`, in the style of the upstream (docs/upstream.md section 4.1).
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
 * The paths of members named like something that every object inherits (`constructor`, `toString`,
 * `__proto__`): code that copies objects takes them for the machinery of objects, or drops them unseen
 * (docs/security-requirements.md VAL-03). Walks level by level, so that depth costs no stack.
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
