export interface RequestTarget {
  /**
   * The path as sent, not normalised: the servers of the upstream are hosts, so `..` must not lead from one prefix or
   * project to another.
   */
  readonly path: string;
  readonly query: URLSearchParams;
}

export function requestTarget(url: string): RequestTarget {
  const mark = url.indexOf('?');
  return mark < 0
    ? { path: url, query: new URLSearchParams() }
    : { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}
