/** Far more than descriptions, key sets and tokens need; what is longer would be read by everybody's process. */
const MAX_BYTES = 256 * 1024;

/** `fetch` for answers of providers: what they unpack to is bounded. @throws TypeError for a longer one */
export async function boundedFetch(address: string, options: object): Promise<Response> {
  const answer = await fetch(address, options);
  if (answer.body === null) return answer;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new TypeError(`A provider's answer is longer than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  const { status, statusText, headers } = answer;
  return new Response(Buffer.concat(chunks), { status, statusText, headers });
}
