/** What this service may cost against the others at most: CPU per request, by call and contender. */
export const ratios = {
  account: { bare: 1.4, caddy: 0.65, fastify: 0.5, express: 0.28, nest: 0.13 },
  activities: { bare: 1.3, caddy: 0.7, fastify: 0.5, express: 0.3 },
};

/** The resident set of this service at most, in MiB, with PostgreSQL and Redis outside. */
export const residentMiB = { atRest: 220, underLoad: 320 };

/** The time from the start of the process until it is ready, in seconds at most. */
export const startSeconds = { withServers: 1.5, embedded: 3 };

/** What this service adds to the latency at the median, against the bare proxy at most. */
export const ADDED_LATENCY_RATIO = 1.5;
