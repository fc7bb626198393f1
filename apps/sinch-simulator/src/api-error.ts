interface CatalogueEntry {
  readonly status: number;
  readonly message: string;
  readonly resolution: string;
}

const entry = (status: number, message: string, resolution: string): CatalogueEntry => ({
  status,
  message,
  resolution,
});

/**
 * Errors of accounts, activities and comments: codes and messages of docs/upstream.md section 4.3; the resolutions
 * are paraphrased.
 */
const catalogue = {
  invalid_input: entry(400, 'Invalid input.', 'Fix the listed fields and send the request again.'),
  invalid_payload: entry(400, 'Invalid payload.', 'Correct the body and send it again.'),
  invalid_business_manager_for_environment: entry(
    400,
    'Invalid business manager for environment.',
    'Use one of the managers allowed in this environment.',
  ),
  no_fields_to_update: entry(400, 'No fields to be updated.', 'Send at least one field.'),
  project_not_initialized: entry(
    400,
    'Project not initialized for WhatsApp.',
    'Onboard the project for WhatsApp first.',
  ),
  invalid_page_token: entry(400, 'Invalid page token.', 'Use a token from a previous page or none.'),
  invalid_page_size: entry(400, 'Page size must be numeric.', 'Use an integer.'),
  unauthorized_error: entry(401, 'Unauthorized error.', 'Check the project id and the credentials.'),
  account_not_found: entry(404, 'Account not found.', 'Check the parameters.'),
  project_not_found: entry(404, 'Project not found.', 'Check the project id.'),
  account_exists: entry(
    409,
    'Account already exists.',
    'Use another project; each project holds one account.',
  ),
  account_data_is_corrupt: entry(409, 'Account data is corrupt.', 'Contact support.'),
  account_not_updatable: entry(409, 'Account is not updatable.', 'Only rejected accounts can be updated.'),
  account_has_senders: entry(409, 'Account has senders.', 'Delete the senders first.'),
  account_has_sender_changes: entry(
    409,
    'Account has pending sender changes.',
    'Resolve the pending changes first.',
  ),
  template_could_not_delete_drafts: entry(500, "Couldn't delete template drafts.", 'Try again later.'),
  internal_error: entry(500, 'Internal server error.', 'Wait and try again; contact support if it persists.'),
} as const satisfies Record<string, CatalogueEntry>;

export type ApiErrorCode = keyof typeof catalogue;

/** An error response of the upstream (docs/upstream.md section 4.1). */
export class ApiError extends Error {
  readonly status: number;

  constructor(
    readonly errorCode: ApiErrorCode,
    readonly additionalInformation?: Readonly<Record<string, unknown>>,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(catalogue[errorCode].message);
    this.status = catalogue[errorCode].status;
  }

  get body(): object {
    return {
      errorCode: this.errorCode,
      message: this.message,
      resolution: catalogue[this.errorCode].resolution,
      ...(this.additionalInformation && { additionalInformation: this.additionalInformation }),
    };
  }
}
