# An image that holds the server and nothing else: no shell, no library, no user database.
#
#     docker build -t reeld .
#     docker run --read-only -p 8080:8080 -v ~/Videos:/videos:ro reeld
#
# Options are variables, so that the health check knows them as well: -e REELD_PORT=9000.

FROM rust:1-alpine AS build
RUN apk add --no-cache musl-dev
WORKDIR /build
COPY . .
# Alpine's Rust links the C library into the program.
RUN cargo build --release --locked && cp target/release/reeld /reeld

FROM scratch
COPY --from=build /reeld /reeld
# Nobody. The videos have to be readable for everybody, or for who is named with --user.
USER 65534:65534
ENV REELD_DIR=/videos
EXPOSE 8080
HEALTHCHECK CMD ["/reeld", "--healthcheck"]
ENTRYPOINT ["/reeld"]
