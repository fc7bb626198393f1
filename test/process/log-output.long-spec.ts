import { testUnwritableOutputs } from './unwritable-outputs.js';

testUnwritableOutputs('a full volume', 'a pipe that is not read');
