export { CATALOGUE, type ProblemCode } from './catalogue.js';
export {
  InvalidInputProblem,
  Problem,
  PROBLEM_MEDIA_TYPE,
  problemBody,
  type AdditionalInformation,
  type ProblemAnswer,
} from './problem.js';
export { validationSentences } from './validation.js';
