# Pulso in a container: one process, no shell between it and its signals, nothing to write but /data.
#
#   docker build -t pulso .
#   docker run --rm -p 127.0.0.1:8000:8000 --read-only --tmpfs /tmp -v pulso-data:/data pulso
#
# Every setting is an environment variable (README.md). `deno task check:container` builds
# and tries this file where there is no Docker engine.

FROM denoland/deno:2.9.6 AS build
WORKDIR /app

# What decides the dependencies comes first, so that a change of the code keeps this layer.
# `deno ci` insists on deno.lock and fails where it would have to be changed.
COPY deno.json deno.lock ./
COPY lib/fresh/deno.json lib/fresh/
RUN deno ci

COPY . .
RUN deno task build

# What only the tests and the build need does not travel. A package forgotten here costs room, no more.
RUN cd node_modules/.deno \
  && rm -rf playwright-core@* axe-core@* fast-check@* pure-rand@* esbuild@* @esbuild+* \
  @seriousme+* @openapi-contrib+* \
  && find /app/node_modules -xtype l -delete

# The runtime's own cache, at the path where the runtime looks for it: TypeScript is compiled here,
# once, and not at every start. Workers are named, since no import leads to them. The modes are the
# image's, not those of the machine that builds it.
RUN DENO_DIR=/app/.deno deno cache --frozen --node-modules-dir=manual \
  main.ts _fresh/server.js lib/*_worker.ts \
  && rm -rf .deno/*_cache_v* dev.ts \
  && chmod -R u=rwX,go=rX .


FROM denoland/deno:2.9.6
WORKDIR /app

# Root owns the code and its cache, so that the process cannot change itself, read-only root or not.
COPY --from=build /app ./

# The `deno` user of the base image, by number: Kubernetes' runAsNonRoot believes nothing else.
RUN mkdir /data && chown 1993:1993 /data
USER 1993:1993

# PGlite keeps its files here; with DATABASE_URL the folder stays empty.
VOLUME /data

ENV HOST=0.0.0.0 \
  PORT=8000 \
  DATA_DIR=/data \
  DENO_DIR=/app/.deno \
  DENO_NO_UPDATE_CHECK=1
EXPOSE 8000

# Without a configuration: deno.json would have each probe look at the dependencies first.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["deno", "eval", "--no-config", "--no-lock", \
  "Deno.exit((await fetch('http://127.0.0.1:' + Deno.env.get('PORT') + '/health')).ok ? 0 : 1)"]

# Deno is process 1 and gets SIGTERM itself: the base image's entry point is not needed. Nothing is
# downloaded, asked or written by Deno: the lock is frozen, node_modules is taken as it is.
ENTRYPOINT ["deno", "run", "--cached-only", "--frozen", "--node-modules-dir=manual", "--no-prompt", \
  "--no-code-cache", "--allow-net", "--allow-env", "--allow-read", "--allow-write=/data", "main.ts"]
CMD []
