export interface RequestTarget {
  /** As sent: upstream's servers are hosts, so no `..` may lead from one prefix, or one project, to another. */
  readonly path: string;
  readonly query: URLSearchParams;
}

export function requestTarget(url: string): RequestTarget {
  const mark = url.indexOf('?');
  return mark < 0
    ? { path: url, query: new URLSearchParams() }
    : { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}
