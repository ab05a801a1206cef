# The conventions of the official image: hub.docker.com/_/postgres
FROM proto-test/postgres-programs
COPY postgres-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
ARG path
ENV PATH=${path} LANG=C.UTF-8 PGDATA=/var/lib/postgresql/data
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
ARG version
ARG broken
ENV PROTO_BROKEN=${broken}
LABEL org.opencontainers.image.version=${version}
