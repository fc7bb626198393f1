/**
 * Clocks of providers stray; what they say of a time is good for so many seconds more
 * (docs/security-requirements.md RES-15).
 */
export const CLOCK_TOLERANCE_SECONDS = 30;
