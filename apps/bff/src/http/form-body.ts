import { InvalidInputProblem } from '@bff/problems';

/** Well above the size of a logout token with the other fields that a provider sends. */
const MAX_FORM_BYTES = 64 * 1024;
const MAX_FIELDS = 100;

/**
 * Returns a form as text; the handler decodes its fields. The limits apply first, because decoding 1 MiB of small
 * fields takes half a second.
 * @throws InvalidInputProblem
 */
export function parseFormBody(bytes: Buffer): string {
  if (bytes.length > MAX_FORM_BYTES)
    throw new InvalidInputProblem([`body must not be longer than ${MAX_FORM_BYTES} bytes`]);
  const form = bytes.toString('utf8');
  if (form.split('&', MAX_FIELDS + 1).length > MAX_FIELDS)
    throw new InvalidInputProblem([`body must not have more than ${MAX_FIELDS} fields`]);
  return form;
}
