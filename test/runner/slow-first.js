import Sequencer from '@jest/test-sequencer';

/** Suites that start processes or wait for time-outs: the longest ones, in small files. */
const SLOW = /[/\\]test[/\\](process|database)[/\\]/;

/** Starts these suites first where no durations of an earlier run are known; Jest starts the largest files first. */
export default class SlowFirst extends Sequencer {
  sort(tests) {
    const isSlow = ({ path, duration }) => duration === undefined && SLOW.test(path);
    const sorted = super.sort(tests);
    return [...sorted.filter(isSlow), ...sorted.filter((test) => !isSlow(test))];
  }
}
