export { CATALOGUE, type ProblemCode } from './catalogue.js';
export {
  InvalidInputProblem,
  Problem,
  PROBLEM_MEDIA_TYPE,
  problemBody,
  type AdditionalInformation,
  type ProblemAnswer,
} from './problem.js';
export { inheritedNames, validationSentences } from './validation.js';
