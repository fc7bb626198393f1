import { businessManagers, type BusinessManager } from './account-enums.js';
import type { CreateInput } from './account-input.js';
import { ApiError } from './api-error.js';
import type { Environment } from './servers.js';

/**
 * The documented error names these two managers, which are assumed to be those of staging (docs/upstream.md section
 * 2).
 */
const staging: readonly BusinessManager[] = ['SINCH_AMERICA', 'SINCH_UK'];

const allowed: Readonly<Record<Environment, readonly BusinessManager[]>> = {
  production: businessManagers,
  staging,
  'staging-dev': staging,
};

/**
 * Returns the requested manager, or the default of docs/upstream.md section 12, row 14.
 * @throws ApiError `invalid_business_manager_for_environment`
 */
export function businessManagerFor(input: CreateInput, environment: Environment): BusinessManager {
  const { businessManager: chosen, senderDetails } = input;
  if (chosen === undefined)
    return senderDetails?.region === 'BR' && allowed[environment].includes('SINCH_BR')
      ? 'SINCH_BR'
      : 'SINCH_UK';
  if (!allowed[environment].includes(chosen)) throw new ApiError('invalid_business_manager_for_environment');
  return chosen;
}
