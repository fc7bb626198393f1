import { assertNotCommon } from '@bff/identity';
import { InvalidInputProblem } from '@bff/problems';
import { type NewUserInput, type UserChangesInput } from '../inputs.js';

/**
 * Checks the rules of a user's input that decorators cannot express.
 * @throws InvalidInputProblem for a common password or a tenant that appears twice in `memberships`
 */
export async function checkUserInput({
  password,
  memberships = [],
}: NewUserInput | UserChangesInput): Promise<void> {
  if (password !== undefined) await assertNotCommon('password', password);
  const tenants = memberships.map(({ tenant }) => tenant);
  const repeated = tenants.flatMap((tenant, index) =>
    tenants.indexOf(tenant) === index ? [] : [`memberships[${index}].tenant must not be repeated`],
  );
  if (repeated.length > 0) throw new InvalidInputProblem(repeated);
}
