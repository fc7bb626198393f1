/** An error response of the control path; `message` says what to correct. */
export class ControlError extends Error {
  constructor(
    readonly status: 400 | 403 | 404 | 409 | 413 | 415,
    message: string,
  ) {
    super(message);
  }
}
