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
  type ProblemAnswer,
} from './problem.js';
export { retryAfterOf } from './retry-after.js';
export { inheritedNames, validationSentences } from './validation.js';
