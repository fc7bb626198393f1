import { emptyAnswer, jsonAnswer, textAnswer, type Answer } from '../answer.js';
import type { CannedAnswer } from './fault.js';

/** A string goes out as it is, anything else as JSON; `bodyBytes` wins over `body`. */
export function cannedAnswer({ status, headers = {}, body, bodyBytes }: CannedAnswer): Answer {
  if (bodyBytes !== undefined)
    return {
      status,
      headers: { 'content-type': 'text/plain', ...headers },
      body: { fillerBytes: bodyBytes },
    };
  if (body === undefined) return emptyAnswer(status, headers);
  if (typeof body === 'string') return textAnswer(status, body, headers);
  return jsonAnswer(status, body, headers);
}
