import { InvalidInputProblem } from '@bff/problems';

/** Far more than a logout token and what a provider adds to it. */
const MAX_FORM_BYTES = 64 * 1024;
const MAX_FIELDS = 100;

/**
 * A form as text. Its reader decodes every field: 1 MiB of small ones would take it half a second.
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
