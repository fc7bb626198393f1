# Contains only the service, without development dependencies. Runs as a non-root user and writes only to /app/.data, in profile development.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev && rm -rf node_modules/node-linux-* node_modules/node-win-*

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/apps/demo/directory.yaml ./apps/demo/directory.yaml
RUN mkdir .data && chown node:node .data
USER node
EXPOSE 3000 3001
CMD ["node", "--max-semi-space-size=64", "dist/bin/service.js"]
