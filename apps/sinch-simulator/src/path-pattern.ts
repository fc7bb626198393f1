/**
 * Matches `path` against a pattern such as `/v1/projects/:projectId/whatsapp`.
 * @returns the parameters, each one decoded, non-empty segment; undefined if the path does not match
 */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const expected = pattern.split('/');
  const found = path.split('/');
  if (expected.length !== found.length) return undefined;

  const parameters: Record<string, string> = {};
  for (const [index, part] of expected.entries()) {
    const segment = found[index] ?? '';
    if (!part.startsWith(':')) {
      if (part !== segment) return undefined;
      continue;
    }
    const value = decoded(segment);
    if (value === undefined || value === '') return undefined;
    parameters[part.slice(1)] = value;
  }
  return parameters;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
