# The package as `npm run package` makes it, on plain Node: no sources, no tools, no root.
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run package

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /build/dist/clinic-rapport-1.0.0.tgz /tmp/
# Without the optional packages, which are PostgreSQL for `start`. Plugins of agencies are installed in an image made from this.
RUN npm install --no-audit --no-fund --omit=dev --omit=optional /tmp/clinic-rapport-1.0.0.tgz && rm /tmp/*.tgz
USER node
EXPOSE 4000
ENTRYPOINT ["node", "node_modules/clinic-rapport/scripts/clinic-rapport.cjs"]
CMD ["serve"]
