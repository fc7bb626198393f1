export { CATALOGUE, type ProblemCode } from './catalogue.js';
export { PeerFailure, peerOf, rootCause, type RootCause } from './peer-failure.js';
export {
  InvalidInputProblem,
  JsonText,
  MAX_SENTENCES,
  Problem,
  PROBLEM_MEDIA_TYPE,
  problemBody,
  type AdditionalInformation,
  type ProblemDetails,
} from './problem.js';
export { retryAfterOf } from './retry-after.js';
export { codePoints } from './validation/code-points.js';
export { Length, ListOf, Nested, Optional, PlainText, Text } from './validation/rules.js';
export { inheritedNames, validationSentences } from './validation/sentences.js';
export { type InputClass } from './validation/unknown-members.js';
export { validInput } from './validation/valid-input.js';
