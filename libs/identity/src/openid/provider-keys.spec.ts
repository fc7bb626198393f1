import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { errors, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { KeysUnavailableError, ProviderKeys } from './provider-keys.js';

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

const COOL_DOWN_MS = 2_000;
const options = { algorithms: ['ES256'] };
const pair = (): Promise<Pair> => generateKeyPair('ES256', { extractable: true });

let server: Server;
let address: string;
let fetches = 0;
let status = 200;
let published: Pair;
let now = 0;
let keys: ProviderKeys;

beforeAll(async () => {
  server = createServer((_request, response) => {
    fetches += 1;
    void exportJWK(published.publicKey).then((key) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ keys: [{ ...key, kid: 'one', alg: 'ES256', use: 'sig' }] }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});
beforeEach(async () => {
  [fetches, status, published] = [0, 200, await pair()];
  keys = new ProviderKeys(address, 5_000, () => now);
});

function tokenOf({ privateKey }: Pair, kid = 'one'): Promise<string> {
  return new SignJWT({ sub: 'ada' }).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey);
}

const verify = async (signer: Pair, kid?: string): Promise<unknown> =>
  keys.verify(await tokenOf(signer, kid), options);

describe("a provider's keys", () => {
  it('are fetched once for many tokens', async () => {
    await Promise.all([verify(published), verify(published), verify(published)]);
    expect(fetches).toBe(1);
  });

  it('are fetched again when a token does not verify with the key of its id', async () => {
    await verify(published);
    published = await pair();
    now += COOL_DOWN_MS;
    expect(await verify(published)).toMatchObject({ sub: 'ada' });
    expect(fetches).toBe(2);
  });

  it.each<[what: string, kid: string, expected: new () => Error]>([
    ['signature is invalid', 'one', errors.JWSSignatureVerificationFailed],
    ['key id is unknown', 'two', errors.JWKSNoMatchingKey],
  ])('are fetched once per cool-down for any number of tokens whose %s', async (_, kid, expected) => {
    const stranger = await pair();
    await verify(published);
    for (let token = 0; token < 20; token += 1) await expect(verify(stranger, kid)).rejects.toThrow(expected);
    expect(fetches).toBe(1);
    now += COOL_DOWN_MS;
    const flood = Array.from({ length: 20 }, () => expect(verify(stranger, kid)).rejects.toThrow(expected));
    await Promise.all(flood);
    await expect(verify(stranger, kid)).rejects.toThrow(expected);
    expect(fetches).toBe(2);
    expect(await verify(published)).toMatchObject({ sub: 'ada' });
  });

  it('are requested once per cool-down while they cannot be fetched', async () => {
    status = 503;
    for (let token = 0; token < 20; token += 1) {
      await expect(verify(published)).rejects.toThrow(KeysUnavailableError);
    }
    expect(fetches).toBe(1);
    status = 200;
    now += COOL_DOWN_MS;
    expect(await verify(published)).toMatchObject({ sub: 'ada' });
  });

  it('still verify their tokens while they cannot be fetched again', async () => {
    await verify(published);
    const stranger = await pair();
    status = 503;
    now += COOL_DOWN_MS;
    await expect(verify(stranger)).rejects.toThrow(KeysUnavailableError);
    expect(await verify(published)).toMatchObject({ sub: 'ada' });
    await expect(verify(stranger)).rejects.toThrow(errors.JWSSignatureVerificationFailed);
    expect(fetches).toBe(2);
  });

  it('are fetched again after ten minutes', async () => {
    const old = published;
    await verify(old);
    published = await pair();
    now += 10 * 60_000;
    await expect(verify(old)).rejects.toThrow(errors.JWSSignatureVerificationFailed);
    expect(fetches).toBe(2);
  });
});
