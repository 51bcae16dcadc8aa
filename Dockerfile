# planwise with a PostgreSQL server to try things on: docker run --rm ghcr.io/OWNER/planwise demo
FROM rust:1-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends libclang-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo build --profile dist --locked

FROM debian:bookworm-slim
# No cluster of Debian's own: planwise starts its servers itself, as the user it runs as.
RUN mkdir -p /etc/postgresql-common \
 && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf \
 && apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates postgresql postgresql-15-hypopg \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home planwise
COPY --from=build /src/target/dist/planwise /usr/local/bin/planwise
USER planwise
WORKDIR /home/planwise
ENTRYPOINT ["planwise"]
