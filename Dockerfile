# The very version, so that the same commit makes the same image; raise it when Node has a new one.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

# Where npm must ask a registry of your own: docker build --secret id=npmrc,src=$HOME/.npmrc .
FROM $NODE_IMAGE AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci --ignore-scripts
COPY tsconfig.json ./
COPY src src
# The preview shows customers without a signature: what is not there cannot be opened.
RUN npm run build -- --declaration false && rm -r dist/kit/preview

FROM $NODE_IMAGE AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# npm's own list of what it installed says from where, for nobody to read.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci --ignore-scripts --omit=dev --omit=optional && rm node_modules/.package-lock.json

FROM $NODE_IMAGE
# Package managers are of no use here but to whoever broke in.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/np[mx] /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn*
WORKDIR /app
# Else Node lets its heap grow to 259 MB in a container of 192 MB.
ENV NODE_ENV=production NODE_OPTIONS=--max-old-space-size=128
COPY --from=dependencies /app/node_modules node_modules
# Readable to others than root, whatever the umask of whoever checked it out.
COPY --chmod=755 package.json LICENSE .env.example ./
COPY --chmod=755 sql sql
COPY --chmod=755 page page
COPY --chmod=755 views views
COPY --from=build /app/dist dist
# The user "node", by number: Kubernetes cannot tell of a name that it is not root's.
USER 1000:1000
EXPOSE 3000
# /readyz, not /healthz: a proxy that looks at this, too, leaves a server that is about to stop. A
# database that is away makes nothing unhealthy: a restart would not bring it back.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
LABEL org.opencontainers.image.title="helpscout-sidebar" \
      org.opencontainers.image.description="Who is writing, and what are they paying us: the customer's account from your own Postgres, in Help Scout's sidebar." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
# No shell and no npm in between: they would keep SIGTERM to themselves. Any command goes here, as in
# docker run … helpscout-sidebar doctor
ENTRYPOINT ["node", "/app/dist/kit/cli.js"]
CMD ["serve"]
