# The image of the service: bundled programs and the packages that are not bundled, without development dependencies and
# source maps (docs/security-requirements.md SUP-04). Runs as any user on a read-only root file system.
FROM node:24.21.0-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts \
  && rm -rf node_modules/.cache node_modules/node-linux-* node_modules/node-win-* \
  && find dist node_modules -name '*.map' -delete \
  && chmod -R a+rX,go-w package.json node_modules dist apps/demo/directory.yaml

FROM node:24.21.0-slim
WORKDIR /app
# A loopback address would be unreachable from outside of the container.
ENV NODE_ENV=production BFF_PROFILE=production BFF_HOST=0.0.0.0 BFF_MANAGEMENT_HOST=0.0.0.0
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# Only docker-compose.yml uses these two: the demo directory, and a mount point for the key that profile development generates,
# writable for any user.
COPY --from=build /app/apps/demo/directory.yaml ./apps/demo/directory.yaml
RUN mkdir -m 1777 .data
USER 1000:1000
EXPOSE 3000 3001
STOPSIGNAL SIGTERM
# Liveness, not readiness: an outage of the session store must not make an orchestrator restart every node.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.BFF_MANAGEMENT_PORT || 3001}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=48", "dist/bin/service.js"]
