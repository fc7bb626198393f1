/**
 * Tolerance for the time claims of providers, whose clocks may differ from ours
 * (docs/security-requirements.md RES-15).
 */
export const CLOCK_TOLERANCE_SECONDS = 30;
