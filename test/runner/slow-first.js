import Sequencer from '@jest/test-sequencer';

/** The longest suites, which start processes or wait for timeouts; their files are small. */
const SLOW = /[/\\]test[/\\](process|database)[/\\]/;

/**
 * Starts these suites first where no durations of an earlier run are known; Jest starts the largest files
 * first.
 */
export default class SlowFirst extends Sequencer {
  sort(tests) {
    const isSlow = ({ path, duration }) => duration === undefined && SLOW.test(path);
    const sorted = super.sort(tests);
    return [...sorted.filter(isSlow), ...sorted.filter((test) => !isSlow(test))];
  }
}
