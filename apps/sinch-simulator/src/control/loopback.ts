import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';

/**
 * Whether a request comes from this machine and means it: the name in `Host` must be a loopback one too, or a page in
 * a local browser could reach the control path under a name of its own that resolves here.
 */
export function isFromLoopback({ socket, headers }: IncomingMessage): boolean {
  return isLoopbackAddress(socket.remoteAddress ?? '') && isLoopbackHost(headers.host ?? '');
}

function isLoopbackAddress(address: string): boolean {
  const v4 = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return address === '::1' || (isIPv4(v4) && v4.startsWith('127.'));
}

function isLoopbackHost(host: string): boolean {
  const name = URL.parse(`http://${host}`)?.hostname ?? '';
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || isLoopbackAddress(name);
}
