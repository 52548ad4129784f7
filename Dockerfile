# Worker, gateway and command line in one image, for the architecture it is built on or for:
#
#   docker build --tag pr-preview .
#   docker run --rm pr-preview client/cli.ts --help
#
# What is in it, with sizes, and how it is tested where nothing runs Docker: docs/image.md.
# Versions are those of package.json, package-lock.json and tools/; a test compares them.

ARG NODE_IMAGE=node:24.21.0-bookworm-slim
ARG GO_IMAGE=golang:1.26.6-bookworm

# Helm, compiled from its own sources: go.sum pins each of them by checksum.
FROM ${GO_IMAGE} AS helm
WORKDIR /src
COPY tools/helm/go.mod tools/helm/go.sum ./
RUN version="$(go list -m -f '{{.Version}}' helm.sh/helm/v4)" && \
    CGO_ENABLED=0 go build -mod=readonly -trimpath \
      -ldflags "-s -w -X helm.sh/helm/v4/internal/version.version=${version}" -o /helm helm.sh/helm/v4/cmd/helm

# Sources, production dependencies by the lockfile, and the workflow bundle.
FROM ${NODE_IMAGE} AS application
WORKDIR /src
COPY . .
RUN node worker/image/build.ts /app

FROM ${NODE_IMAGE}
# Roots of trust for Helm; and nothing that installs anything stays.
RUN apt-get update && \
    apt-get install --yes --no-install-recommends ca-certificates && \
    rm -rf /var/lib/apt/lists/* /usr/local/lib/node_modules /opt/yarn-* \
      /usr/local/bin/corepack /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/yarn /usr/local/bin/yarnpkg && \
    install --directory --owner 65532 --group 65532 /cache
COPY --from=helm /helm /usr/local/bin/helm
COPY --from=application /app /app
# The only folders that are written to are /tmp and /cache: the root file system may be read-only.
ENV NODE_ENV=production HELM=/usr/local/bin/helm HOME=/tmp PREVIEW_CACHE_DIR=/cache
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["node"]
CMD ["worker/main.ts"]
