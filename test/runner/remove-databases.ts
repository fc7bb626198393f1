export { tearDown as default } from './databases.js';
