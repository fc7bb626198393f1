export { routeFor, type Authority, type Refusal, type Route } from './route.js';
