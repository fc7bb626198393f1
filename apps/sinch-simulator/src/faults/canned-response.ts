import { emptyResponse, jsonResponse, textResponse, type HttpResponse } from '../http-response.js';
import type { CannedResponse } from './fault.js';

/**
 * Creates the response of a fault: a string is sent unchanged, anything else as JSON; `bodyBytes` takes precedence
 * over `body`.
 */
export function cannedResponse({ status, headers = {}, body, bodyBytes }: CannedResponse): HttpResponse {
  if (bodyBytes !== undefined)
    return {
      status,
      headers: { 'content-type': 'text/plain', ...headers },
      body: { fillerBytes: bodyBytes },
    };
  if (body === undefined) return emptyResponse(status, headers);
  if (typeof body === 'string') return textResponse(status, body, headers);
  return jsonResponse(status, body, headers);
}
