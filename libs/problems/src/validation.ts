import { type ValidationError } from 'class-validator';

/**
 * Flattens a tree of validation errors into sentences that begin with the path of the member,
 * `senderDetails.region must be …`, in the style of the upstream (provisioning-api.md section 4.1).
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

function joinPath(parent: string, property: string): string {
  if (/^\d+$/.test(property)) return `${parent}[${property}]`;
  return parent === '' ? property : `${parent}.${property}`;
}

function withPath(sentence: string, property: string, path: string): string {
  return sentence.startsWith(property) ? `${path}${sentence.slice(property.length)}` : `${path}: ${sentence}`;
}
