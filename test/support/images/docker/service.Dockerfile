FROM proto-test/node
ARG program
COPY ${program}.mjs /srv/service.mjs
ARG user
USER ${user}
ARG service
ARG version
ARG broken
ENV PROTO_SERVICE=${service} PROTO_VERSION=${version} PROTO_BROKEN=${broken}
LABEL org.opencontainers.image.version=${version}
CMD ["node", "/srv/service.mjs"]
