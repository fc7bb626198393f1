import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';

/**
 * Whether a request comes from this machine and has a loopback name in `Host`. Checking the name prevents DNS
 * rebinding: a page in a local browser could otherwise reach the control path under its own name.
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
