interface KnownRoute {
  readonly method: string;
  /** Exists only on frontends that have an OpenID provider. */
  readonly needsProvider: boolean;
}

/** The methods of each path, for 405, `Allow` and preflights. Used only for requests that match no route. */
export class RouteIndex {
  private readonly known = new Map<string, KnownRoute[]>();

  add(method: string, template: string, needsProvider: boolean): void {
    const known = this.known.get(template);
    if (known === undefined) this.known.set(template, [{ method, needsProvider }]);
    else known.push({ method, needsProvider });
  }

  methodsAt(path: string, hasProvider: boolean): readonly string[] {
    const segments = path.split('/');
    for (const [template, known] of this.known) {
      if (!matches(template.split('/'), segments)) continue;
      return known.filter(({ needsProvider }) => hasProvider || !needsProvider).map(({ method }) => method);
    }
    return [];
  }
}

function matches(template: readonly string[], segments: readonly string[]): boolean {
  return (
    template.length === segments.length &&
    template.every((part, index) =>
      part.startsWith(':') ? segments[index] !== '' : part === segments[index],
    )
  );
}
