import { testUnwritableOutputs } from './unwritable-outputs.js';

testUnwritableOutputs('a pipe whose reader has left');
