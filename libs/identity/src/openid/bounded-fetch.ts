/** Maximum size of a decompressed response; metadata, key sets and tokens are much smaller. */
const MAX_BYTES = 256 * 1024;

/** `fetch` for answers of providers: what they unpack to is bounded. @throws TypeError for a longer one */
export async function boundedFetch(address: string, options: object): Promise<Response> {
  const response = await fetch(address, options);
  if (response.body === null) return response;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new TypeError(`A provider's response is longer than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  const { status, statusText, headers } = response;
  return new Response(Buffer.concat(chunks), { status, statusText, headers });
}
