/** Which methods a path knows: for 405, `Allow` and preflights. Asked only where no route was found. */
export class RouteIndex {
  private readonly methods = new Map<string, string[]>();

  add(method: string, template: string): void {
    const known = this.methods.get(template);
    if (known === undefined) this.methods.set(template, [method]);
    else known.push(method);
  }

  methodsAt(path: string): readonly string[] {
    const segments = path.split('/');
    for (const [template, methods] of this.methods)
      if (matches(template.split('/'), segments)) return methods;
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
