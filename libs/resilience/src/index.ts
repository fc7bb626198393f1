export { type BreakerConfig, CircuitBreaker, type CircuitState, type Outcome } from './circuit-breaker.js';
export { RetryBudget } from './retry-budget.js';
export { TokenBucket } from './token-bucket.js';
export { LoopLag } from './loop-lag.js';
