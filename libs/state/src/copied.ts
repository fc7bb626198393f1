/**
 * Copies a text that outlives its request. V8 represents a slice as a reference to the original string, so 40
 * characters of a header would keep all of its 16 KiB in memory.
 */
export function copied(text: string): string {
  // UTF-16 preserves unpaired surrogates.
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
